import { OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import { InputError, inputError } from "@loam/core";
import { respondToError } from "./errors.ts";

/**
 * A group of routes whose parameters and bodies are checked against their schemas before the handler runs. A body that
 * does not fit is refused in the words of every other front end.
 */
export function router(): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw wrongParameter(result.error);
    },
  });
  app.onError(respondToError);
  const { openapi } = app;
  app.openapi = (route, handler) =>
    openapi(route, handler, (result) => {
      if (result.success) return undefined;
      const { target, error } = result;
      const schema = target === "json" ? jsonBodyOf(route) : undefined;
      throw schema ? inputError(schema, "data" in result ? result.data : undefined, error) : wrongParameter(error);
    });
  return app;
}

function jsonBodyOf({ request }: RouteConfig): z.ZodObject | undefined {
  const content = request?.body?.content["application/json"];
  const schema = content && "schema" in content ? content.schema : undefined;
  return schema instanceof z.ZodObject ? schema : undefined;
}

function wrongParameter({ issues }: z.ZodError): InputError {
  const [issue] = issues;
  const param = issue?.path.join(".") ?? "";
  return new InputError(
    "invalid_request",
    `${param ? `\`${param}\`` : "The request"}: ${issue?.message ?? "invalid"}.`,
    {
      details: { name: param || undefined, issues: issues.map(({ path, message }) => ({ path, message })) },
      hint: "the fields are described in /api/openapi.json",
    },
  );
}
