// What a front end asks of the shop, with types that openapi-typescript made of its document.
// Prints what came back as one JSON object.  Arguments: the shop's URL, the SKU of a new product.

import createClient from "openapi-fetch";
import type { components, paths } from "./shop.js";

declare const process: { argv: string[] };
const [, , baseUrl = "", sku = ""] = process.argv;

type Query = NonNullable<paths["/api/products/"]["get"]["parameters"]["query"]>;
type Refusal = components["schemas"]["ValidationErrorEnvelope"];

function answered<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.status}: ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

const visitor = createClient<paths>({ baseUrl });

const list = answered(await visitor.GET("/api/products/"));
const next: string | null | undefined = list.next;
const prices: string[] = list.results.map((row) => row.price);

// With its type, since openapi-fetch overlooks an unknown name that stands beside a known one.
const query: Query = {
  category__in: ["inks", "erasers"],
  "name!": "Nothing",
  ordering: ["-price", "name"],
};
const filtered = answered(await visitor.GET("/api/products/", { params: { query } }));

const { error, response } = await visitor.GET("/api/products/", {
  params: { query: { price__gte: "cheap" } },
});
if (error === undefined || response.status !== 400) {
  throw new Error(`a price that is no number: ${response.status}`);
}
const refused: Refusal = error as Refusal; // the status says which of the documented bodies it is
const messages: string[] | components["schemas"]["FieldErrors"] | undefined =
  refused.error.details["price__gte"];

const pair = answered(
  await visitor.POST("/api/auth/token/", { body: { username: "ada", password: "pen-and-ink" } }),
);
const ada = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${pair.access}` } });

const created = answered(
  await ada.POST("/api/products/", {
    body: { name: "Slate pen", sku, category: "inks", price: "12.50" },
  }),
);
const id: number = created.id;

console.log(JSON.stringify({ list, filtered, refused, messages, created, id, next, prices }));

// What the document forbids does not compile.
export const mistakes = () => [
  // @ts-expect-error there is no such path
  visitor.GET("/api/product/"),
  // @ts-expect-error there is no such filter
  { search: "pen", prise: "5" } satisfies Query,
  // @ts-expect-error stock is a number
  visitor.GET("/api/products/", { params: { query: { stock__gt: "many" } } }),
  // @ts-expect-error nothing sorts by the category
  visitor.GET("/api/products/", { params: { query: { ordering: ["category"] } } }),
  // @ts-expect-error nobody deletes all products
  visitor.DELETE("/api/products/"),
  // @ts-expect-error a product has a price
  ada.POST("/api/products/", { body: { name: "Slate pen", sku, category: "inks" } }),
  ada.POST("/api/products/", {
    // @ts-expect-error the server numbers the products
    body: { id: 1, name: "Slate pen", sku, category: "inks", price: "12.50" },
  }),
  // @ts-expect-error a row of the list has no SKU
  list.results[0]?.sku,
  // @ts-expect-error nobody sees a password
  pair.password,
];
