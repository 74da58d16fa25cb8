"""What the markers are to Python; what they are to type checkers stands in typing_tests."""

from __future__ import annotations

import typing

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadedfile import UploadedFile as DjangoUploadedFile

import restflow.core.annotations as public
from restflow.core.annotations import (
    Discriminator,
    Email,
    ImageFile,
    Info,
    IPAddress,
    NotRequired,
    Slug,
    UploadedFile,
    Url,
)


@pytest.mark.parametrize("marker", [Email, IPAddress, Slug, Url])
def test_texts_are_strings_at_run_time(marker: typing.Any) -> None:
    assert marker.__supertype__ is str
    assert marker("x") == "x"
    assert marker.__module__ == "restflow.core.annotations.markers"


def test_files_are_djangos() -> None:
    assert UploadedFile is DjangoUploadedFile
    file: UploadedFile = SimpleUploadedFile("a.png", b"")
    assert ImageFile(file) is file


def test_not_required_is_typings() -> None:
    assert NotRequired is typing.NotRequired


def test_extras_are_values() -> None:
    assert Discriminator("kind") == Discriminator("kind")
    assert Info("a") == Info(title="a") != Info("b")


def test_every_public_name_is_there() -> None:
    for name in public.__all__:
        assert hasattr(public, name)
