// Bun: its own server with its own publish and subscribe, and bun:sqlite.
import { Database } from "bun:sqlite";
import { argument, writer } from "./batch.js";

const ROOMS = { "/read": ["room"], "/write": [], "/idle": ["a", "b", "c"] };
const write = writer(argument("db"), (file) => new Database(file));

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(argument("port")),
  fetch(request, server) {
    const rooms = ROOMS[new URL(request.url).pathname] ?? [];
    if (!server.upgrade(request, { data: { rooms } })) {
      return new Response("A WebSocket is expected here.\n", { status: 426 });
    }
  },
  websocket: {
    perMessageDeflate: false,
    open(socket) {
      for (const room of socket.data.rooms) socket.subscribe(room);
    },
    message(socket, message) {
      const { id, text } = JSON.parse(message);
      write(text, (n) => {
        server.publish("room", JSON.stringify({ n, text }));
        socket.send(`{"ack":${id}}`);
      });
    },
  },
});
