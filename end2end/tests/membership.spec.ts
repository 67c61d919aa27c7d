// Being added to a private thread, and taken out of it again, as one watches.
import { expect, test } from "../support/people";
import { Server } from "../support/server";

/** Calls the REST API as the owner of a token. */
async function call(server: Server, token: string, method: string, path: string, body?: object) {
  const answer = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
  return answer.status === 204 ? undefined : answer.json();
}

test("a private thread comes when one is added, lives, and goes when one is removed", async ({ meet, server }) => {
  const bill = await meet();
  await bill.signIn("bill");
  const token = server.command("token", "create", "--user", "john", "--name", "test");
  const thread = await call(server, token, "POST", "threads", { name: "Secret plans", private: true });
  const mine = bill.page.getByRole("link", { name: "Secret plans" });
  await expect(mine).toHaveCount(0);

  await call(server, token, "POST", `threads/${thread.id}/members`, { user_id: 2 });
  await mine.click();
  await call(server, token, "POST", `threads/${thread.id}/messages`, { message: "for us only" });
  await bill.sees("for us only");
  await bill.write("understood");
  await bill.sees("understood");

  await call(server, token, "DELETE", `threads/${thread.id}/members/2`);
  await expect(mine).toHaveCount(0);
  await expect(bill.page.getByRole("heading", { name: "No such thread" })).toBeVisible();
  await expect(bill.page.getByText("for us only")).toHaveCount(0);
  await call(server, token, "POST", `threads/${thread.id}/messages`, { message: "without bill" });
  await expect(bill.page.getByText("without bill")).toHaveCount(0);
  await bill.page.getByRole("link", { name: "First thread" }).click();
  await bill.write("still here");
  await bill.sees("still here");
});

test("whoever is banned is sent to the form and told why they cannot come back", async ({ meet, server }) => {
  const bill = await meet();
  await bill.signIn("bill");
  await bill.write("before");
  await bill.sees("before");
  // What the page has asked for is answered: a late refusal would be written into the console.
  await bill.page.waitForLoadState("networkidle");
  server.command("user", "ban", "bill");
  await expect(bill.page).toHaveURL(/\/login/, { timeout: 15_000 });
  await bill.page.getByLabel("Username").fill("bill");
  await bill.page.getByLabel("Password").fill("secret");
  await bill.page.getByRole("button", { name: "Sign in" }).click();
  await expect(bill.page.getByText("This account is closed.")).toBeVisible();
});
