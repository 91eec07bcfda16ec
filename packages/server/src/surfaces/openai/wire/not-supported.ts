import { LoamError } from "@loam/core";
import { Hono } from "hono";

/** What OpenAI has and this server does not, and what to use instead. */
export const refusals: readonly { prefix: string; what: string; instead: string }[] = [
  { prefix: "/images", what: "Making and editing images", instead: "run a diffusion model beside Loam" },
  { prefix: "/audio", what: "Speech and transcription", instead: "run whisper.cpp or a TTS server beside Loam" },
  { prefix: "/realtime", what: "Realtime sessions", instead: "stream chat completions or responses" },
  {
    prefix: "/containers",
    what: "Containers and the code interpreter",
    instead: "run the code in a function of yours",
  },
  { prefix: "/moderations", what: "Moderation", instead: "ask a local model for a label with a strict JSON schema" },
  {
    prefix: "/organization",
    what: "Administration of an organization",
    instead: "`loam keys` manages keys and projects",
  },
  { prefix: "/chatkit", what: "ChatKit", instead: "use the Studio's playground" },
  { prefix: "/skills", what: "Skills", instead: "give the instructions with the request" },
];

/** A part of OpenAI's API that is refused by name, and never tried again by clients. */
class NotSupportedError extends LoamError {
  constructor(what: string, instead: string) {
    super("not_supported", `${what} is not supported by this server.`, {
      hint: `instead, ${instead}`,
      status: 501,
      exitCode: 3,
    });
  }
}

export function notSupportedRoutes(): Hono {
  const app = new Hono();
  for (const { prefix, what, instead } of refusals) {
    const refuse = () => {
      throw new NotSupportedError(what, instead);
    };
    app.all(prefix, refuse);
    app.all(`${prefix}/*`, refuse);
  }
  return app;
}
