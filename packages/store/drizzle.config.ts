import { defineConfig } from "drizzle-kit";
import { type Room, roomSchema } from "./src/database/rooms.ts";

const room = (process.env.ROOM ?? "main") as Room;

/** `ROOM=platform npx drizzle-kit generate --name <what-changes>` in this folder writes a room's next migration. */
export default defineConfig({
  dialect: "postgresql",
  schema: `./src/schema/${roomSchema(room)}`,
  out: `./migrations/${room}`,
});
