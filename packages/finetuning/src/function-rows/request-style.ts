import type { Rng } from "@loam/core";
import { chance, pick } from "./topics/draw.ts";

const openings = [
  "Please ",
  "Can you help? ",
  "Hi, ",
  "Hello! ",
  "Quick question: ",
  "I have a question. ",
  "Hey, ",
  "One thing: ",
  "For my work: ",
  "Could you do this for me: ",
];
const endings = [
  " Thanks.",
  " Thank you!",
  " Please.",
  " I need it today.",
  " It is for a friend.",
  " Thanks in advance.",
];

/** A request as different people write it: with and without greetings, thanks and marks at the end. */
export function dressed(rng: Rng, request: string): string {
  let text = request;
  const opening = chance(rng, 0.3) ? pick(rng, openings) : "";
  if (opening && /^(Please|Could)/.test(opening) && /^[A-Z][a-z]/.test(text) && !/^I\b/.test(text))
    text = text.slice(0, 1).toLowerCase() + text.slice(1);
  if (!/[?.!]$/.test(text) && chance(rng, 0.6)) text += ".";
  const ending = chance(rng, 0.12) ? pick(rng, endings) : "";
  if (ending && !/[?.!]$/.test(text)) text += ".";
  return `${opening}${text}${ending}`;
}
