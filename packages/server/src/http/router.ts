import { OpenAPIHono } from "@hono/zod-openapi";
import { InputError } from "@loam/core";
import { respondToError } from "./errors.ts";

/** A group of routes whose parameters and bodies are checked against their schemas before the handler runs. */
export function router(): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return;
      const issue = result.error.issues[0];
      const param = issue?.path.join(".") ?? "";
      throw new InputError(
        "invalid_request",
        `${param ? `\`${param}\`` : "The request"}: ${issue?.message ?? "invalid"}.`,
        {
          details: {
            name: param || undefined,
            issues: result.error.issues.map(({ path, message }) => ({ path, message })),
          },
          hint: "the fields are described in /api/openapi.json",
        },
      );
    },
  });
  app.onError(respondToError);
  return app;
}
