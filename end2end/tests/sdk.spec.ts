// The official JavaScript SDK of Centrifugo, unchanged, against our socket.
import { expect, test } from "@playwright/test";
import { Centrifuge } from "centrifuge";
import WebSocket from "ws";
import { Server } from "../support/server";

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
});
test.afterAll(async () => server.stop());

function client(data: object): Centrifuge {
  const url = `${server.url.replace("http", "ws")}/connection/websocket`;
  return new Centrifuge(url, { data, websocket: WebSocket, minReconnectDelay: 50, maxReconnectDelay: 200 });
}

async function connected(data: object): Promise<{ sdk: Centrifuge; context: any }> {
  const sdk = client(data);
  const context = await new Promise<any>((resolve, reject) => {
    sdk.on("connected", resolve);
    sdk.on("disconnected", (why) => reject(new Error(`${why.code} ${why.reason}`)));
    sdk.connect();
  });
  return { sdk, context };
}

test("the tutorial's client connects, reads, writes and listens", async () => {
  const authToken = server.command("token", "create", "--user", "john", "--name", "sdk");
  const { sdk, context } = await connected({ authToken });
  expect(context.data.user).toMatchObject({ username: "john" });

  const history = await sdk.rpc("thread:history", { id: 1, authToken });
  expect(history.data.messages[0]).toMatchObject({ text: "Hello, Bill. Is this thing on?", user: { username: "john" } });

  const heard = new Promise<any>((resolve) => {
    sdk.on("publication", (publication) => publication.channel === "chat" && resolve(publication.data));
  });
  const published = await sdk.rpc("thread:publish", { id: 1, message: "from the SDK", authToken });
  expect(published.data.message).toMatchObject({ text: "from the SDK" });
  expect(published.data.thread).toMatchObject({ id: 1, name: "First thread" });
  expect(await heard).toEqual({ type: "message", ...published.data });

  await expect(sdk.rpc("thread:burn", {})).rejects.toMatchObject({ code: 404, message: "Not found" });
  sdk.disconnect();
});

test("a wrong token is refused for good", async () => {
  const sdk = client({ authToken: "wrong" });
  const why = await new Promise<any>((resolve) => {
    sdk.on("disconnected", resolve);
    sdk.connect();
  });
  expect(why.code).toBe(403);
});

test("a subscription recovers over a killed server", async () => {
  const authToken = server.command("token", "create", "--user", "bill", "--name", "sdk");
  const { sdk } = await connected({ authToken });
  const { sdk: writer } = await connected({
    authToken: server.command("token", "create", "--user", "john", "--name", "writer"),
  });
  const heard: string[] = [];
  sdk.on("publication", (publication) => {
    if (publication.channel === "thread:1") heard.push(publication.data.message.text);
  });
  await writer.rpc("thread:publish", { id: 1, message: "before" });
  await expect.poll(() => heard).toEqual(["before"]);
  await server.kill();
  await server.run();
  await writer.ready();
  await writer.rpc("thread:publish", { id: 1, message: "after" });
  await expect.poll(() => heard).toEqual(["before", "after"]);
  sdk.disconnect();
  writer.disconnect();
});
