// Drives the page for people in a browser, as a person does: executes the prefilled examples, places an order and reads it by its id.
// Its arguments are the address of a service in which nothing is yet, the browser's program and a folder for screenshots.

import assert from "node:assert/strict";
import { join } from "node:path";
import { chromium, type Locator } from "playwright-core";

const [, , address, executablePath, screenshots] = process.argv;
assert(address && executablePath && screenshots, "Give the address of the service, the browser's program and a folder for screenshots.");

const folder = screenshots;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const errors: string[] = [];
  page.on("pageerror", error => errors.push(error.message));

  await page.goto(address);
  await page.locator(".opblock-tag").first().waitFor();
  assert.match(page.url(), /\/swagger\//, "The page is behind the address itself.");
  assert.match(await page.title(), /Orderly/, "The page has a title of its own.");
  await page.screenshot({ path: join(folder, "1-page.png") });

  await execute("registerCustomer", 201);
  await execute("addProduct", 201);
  await execute("receiveStock", 200);

  const placing = await execute("placeOrder", 201);
  await show(placing, "2-order-placed.png");
  const placed: unknown = JSON.parse(await answerOf(placing));
  assert(typeof placed === "object" && placed && "id" in placed && "position" in placed, "A placed order has an id and a position.");

  const reading = await execute("getOrder", 200, { "Min-Log-Position": String(placed.position), Prefer: "wait=30" }, "validated");
  await show(reading, "3-order-read.png");
  const request = await reading.locator(".request-url pre").innerText();
  assert(request.includes(`/v1/orders/${String(placed.id)}?until=validated`), `It was asked for ${request}.`);
  const order: unknown = JSON.parse(await answerOf(reading));
  assert(typeof order === "object" && order && "status" in order && "orderId" in order);
  assert.equal(order.orderId, placed.id);
  assert.equal(order.status, "confirmed");

  // A list with nothing filled in is the whole list.
  const finding = await execute("findOrders", 200);
  assert.match(await answerOf(finding), new RegExp(`"orderId": "${String(placed.id)}"`));

  assert.deepEqual(errors, [], "The page has errors.");
  console.log(`Browser: ${String(placed.id)} was placed and read as ${order.status} on ${await page.title()}.`);

  /** Opens an operation, fills in what is given, executes it and expects a status. The rest stays as the page prefills it. */
  async function execute(id: string, status: number, values: Record<string, string> = {}, choice?: string): Promise<Locator> {
    const operation = page.locator(`.opblock[id$="-${id}"]`);
    await operation.locator(".opblock-summary").click();
    await operation.getByRole("button", { name: "Try it out" }).click();
    for (const [name, value] of Object.entries(values)) {
      await operation.locator(`tr[data-param-name="${name}"] input`).fill(value);
    }

    if (choice) {
      await operation.locator("tr[data-param-name] select").selectOption(choice);
    }

    await operation.getByRole("button", { name: "Execute" }).click();
    const answered = operation.locator(".live-responses-table .response-col_status");
    await answered.last().waitFor({ timeout: 60_000 });
    assert.equal((await answered.last().innerText()).trim().split(/\s/)[0], String(status), `${id}: ${await answerOf(operation)}`);
    return operation;
  }

  /** Takes a picture of an operation from its answer on. */
  async function show(operation: Locator, name: string): Promise<void> {
    await operation.locator(".responses-wrapper").evaluate(element => element.scrollIntoView({ block: "start" }));
    await page.screenshot({ path: join(folder, name) });
  }

  /** The body of an operation's answer, as the page shows it. */
  async function answerOf(operation: Locator): Promise<string> {
    return operation.locator(".live-responses-table .response-col_description .highlight-code code").first().innerText();
  }
} finally {
  await browser.close();
}
