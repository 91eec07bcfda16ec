import { homeAndPeople } from "./home-and-people.ts";
import { moneyAndNumbers } from "./money-and-numbers.ts";
import { placesAndTravel } from "./places-and-travel.ts";
import type { Topic } from "./topic.ts";

export { heldOut as heldOutTopics } from "./held-out.ts";
export type { Topic } from "./topic.ts";

/** What generated functions are about. */
export const topics: readonly Topic[] = [...moneyAndNumbers, ...placesAndTravel, ...homeAndPeople];
