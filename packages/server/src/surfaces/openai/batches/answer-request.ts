import type { AnswerRequest } from "@loam/platform";
import type { Hono } from "hono";
import { setProject } from "../wire/project.ts";

/** Answers a line of a batch through the routes that answer everybody, so that both say the same. */
export function answerThrough(app: Hono): AnswerRequest {
  return async (project, { url, body }, { signal }) => {
    if (body.stream === true) return refused("`stream` is true; a batch gives whole answers: leave it out.");
    const request = new Request(`http://localhost${url}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
    setProject(request, project);
    const response = await app.fetch(request);
    const requestId = response.headers.get("x-request-id") ?? "";
    return { statusCode: response.status, requestId, answer: await response.json() };
  };
}

function refused(message: string) {
  const error = { message, type: "invalid_request_error", param: "stream", code: "invalid_value" };
  return { statusCode: 400, requestId: "", answer: { error } };
}
