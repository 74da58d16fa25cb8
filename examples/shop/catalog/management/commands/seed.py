"""Fill the shop: 10,000 products in 12 categories, two users, some reviews."""

import random
import sys

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction

from catalog.models import Category, Product, Review

CATEGORIES = [
    "Fountain pens", "Inks", "Notebooks", "Rulers", "Pencils", "Erasers",
    "Stamps", "Envelopes", "Folders", "Lamps", "Globes", "Easels",
]  # fmt: skip
MATERIALS = ["Oak", "Brass", "Linen", "Slate", "Amber", "Cork", "Steel", "Paper", "Glass", "Clay"]
SHAPES = ["slim", "round", "folding", "pocket", "desk", "travel", "classic", "studio"]
CHUNK = 500


class Command(BaseCommand):
    help = "Fill the shop with products, categories, users and reviews, unless it is filled."

    def add_arguments(self, parser):
        parser.add_argument("--products", type=int, default=10_000)

    def handle(self, *args, products, **options):
        if Product.objects.count() >= products:
            self.stdout.write(f"The shop holds {Product.objects.count():,} products already.")
            return
        with transaction.atomic():
            Product.objects.all().delete()
            self.fill(products)

    def fill(self, count):
        dice = random.Random(20)  # the same shop on every machine
        users = get_user_model().objects
        ada, _ = users.get_or_create(username="ada", defaults={"first_name": "Ada"})
        ada.set_password("pen-and-ink")
        ada.save()
        boss, _ = users.get_or_create(username="boss", defaults={"is_staff": True})
        boss.set_password("keys-to-the-shop")
        boss.save()
        categories = [
            Category.objects.get_or_create(slug=name.lower().replace(" ", "-"), name=name)[0]
            for name in CATEGORIES
        ]
        for start in range(0, count, CHUNK):
            Product.objects.bulk_create(
                self.product(number, dice, categories)
                for number in range(start, min(start + CHUNK, count))
            )
            self.progress(min(start + CHUNK, count), count)
        Review.objects.bulk_create(
            Review(product=product, author=ada, rating=dice.randint(1, 5), comment="As described.")
            for product in Product.objects.all()[:300]
        )

    def product(self, number, dice, categories):
        category = categories[number % len(categories)]
        return Product(
            name=f"{dice.choice(MATERIALS)} {dice.choice(SHAPES)} {category.name.lower()[:-1]}",
            sku=f"SKU-{number:06d}",
            category=category,
            price=dice.randint(50, 20_000) / 100,
            stock=dice.randint(0, 200),
        )

    def progress(self, done, count):
        width = 40
        filled = width * done // count
        bar = "#" * filled + "." * (width - filled)
        end = "\n" if done == count else ""
        self.stdout.write(f"\rSeeding [{bar}] {done:,}/{count:,}", ending=end)
        sys.stdout.flush()
