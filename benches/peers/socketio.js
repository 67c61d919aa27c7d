// Node.js with Socket.IO: rooms and acknowledgements as it offers them, WebSocket only.
import Database from "better-sqlite3";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { argument, writer } from "./batch.js";

const ROOMS = { read: ["room"], write: [], idle: ["a", "b", "c"] };
const write = writer(argument("db"), (file) => new Database(file));

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false, perMessageDeflate: false });
io.on("connection", (socket) => {
  for (const room of ROOMS[socket.handshake.query.part] ?? []) socket.join(room);
  socket.on("m", (text, acknowledge) => {
    write(text, (n) => {
      io.to("room").emit("m", { n, text });
      acknowledge();
    });
  });
});
http.listen({ host: "127.0.0.1", port: Number(argument("port")), backlog: 4096 });
