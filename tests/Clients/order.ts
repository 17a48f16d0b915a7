// Registers, places, waits and reads by the types that openapi-typescript generates from the OpenAPI document, without a cast.
// Its argument is the address of a service.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./obj/openapi.js";

type Order = components["schemas"]["OrderDetails"];

const [, , address] = process.argv;
assert(address, "The address of the service is missing.");
const orderly = createClient<paths>({ baseUrl: address });

const customer = await orderly.POST("/v1/customers", {
  body: { customerId: "ts-ada", name: "Ada Lovelace", email: "ada@example.com", level: "gold" },
});
assert.equal(customer.response.status, 201);

const product = await orderly.POST("/v1/products", {
  body: { sku: "TS-LAMP", name: "Desk lamp", unitPrice: 19.95, currency: "EUR" },
});
assert.equal(product.response.status, 201);

const stock = await orderly.POST("/v1/products/{sku}/stock-receipts", {
  params: { path: { sku: "TS-LAMP" } },
  body: { quantity: 40, reference: "delivery 17" },
});
assert.equal(stock.response.status, 200);

const body: components["schemas"]["PlaceOrderRequest"] = {
  customerId: "ts-ada",
  currency: "EUR",
  lines: [{ sku: "TS-LAMP", quantity: 2, unitPrice: 19.95 }],
};
const placed = await orderly.POST("/v1/orders", { params: { header: { "Idempotency-Key": "ts-first" } }, body });
assert(placed.data, `The order was not placed: ${placed.error?.detail}`);
const { id, position } = placed.data;
const again = await orderly.POST("/v1/orders", { params: { header: { "Idempotency-Key": "ts-first" } }, body });
assert.deepEqual(again.data, placed.data, "The same key is the same order.");

const own = await orderly.GET("/v1/orders/{id}", { params: { path: { id }, header: { "Min-Log-Position": position } } });
assert.equal(own.data?.orderId, id, "The order is read at the position of its command.");

const validated = await orderly.GET("/v1/orders/{id}", {
  params: { path: { id }, query: { until: "validated" }, header: { Prefer: "wait=30" } },
});
assert(validated.data, `The order was not read: ${validated.error?.detail}`);
const order: Order = validated.data;
assert.equal(order.status, "confirmed");
assert.equal(order.total, 39.9);
assert.equal(order.shipment?.carrier, undefined);

const missing = await orderly.GET("/v1/orders/{id}", { params: { path: { id: "ts-none" } } });
assert.equal(missing.error?.type, "/problems/not-found", "A refusal is a typed problem.");

console.log(`TypeScript: ${order.orderId} is ${order.status}, ${order.total} ${order.currency}.`);
