export { platformObjects } from "./objects.ts";
