// Node.js with `ws`: the loop over all clients that its documentation shows.
import Database from "better-sqlite3";
import { WebSocketServer } from "ws";
import { argument, writer } from "./batch.js";

const ROOMS = { "/read": ["room"], "/write": [], "/idle": ["a", "b", "c"] };
const write = writer(argument("db"), (file) => new Database(file));
const rooms = new Map();

function join(socket, name) {
  if (!rooms.has(name)) rooms.set(name, new Set());
  const room = rooms.get(name);
  room.add(socket);
  socket.on("close", () => room.delete(socket));
}

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(argument("port")), backlog: 4096 });
server.on("connection", (socket, request) => {
  for (const room of ROOMS[request.url] ?? []) join(socket, room);
  socket.on("error", () => {});
  socket.on("message", (message) => {
    const { id, text } = JSON.parse(message);
    write(text, (n) => {
      // Encoded once; `ws` puts a frame around it for each client.
      const frame = Buffer.from(JSON.stringify({ n, text }));
      for (const reader of rooms.get("room") ?? []) reader.send(frame, { binary: false });
      socket.send(`{"ack":${id}}`);
    });
  });
});
