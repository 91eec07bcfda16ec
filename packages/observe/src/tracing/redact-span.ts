import type { Attributes, AttributeValue } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { isSecretField, REDACTED, redactText } from "../secrets/secrets.ts";
import { type HideOptions, hideAttributes, rewrite } from "./hide.ts";

/** Attributes that say what was asked and answered, in the vocabularies in use. */
const CONTENT =
  /^(input|output)\.value$|^gen_ai\.(input\.messages|output\.messages|system_instructions|tool\.definitions|tool\.call\.(arguments|result)|prompt|completion|retrieval\.(query\.text|documents))|^llm\.(input|output)_messages|^retrieval\.documents/;

/**
 * A finished span, whoever made it, with no secret in its name, attributes, events, links or status.
 *
 * @param content `none` leaves out what was asked and answered as well.
 * @param hide what else is left out or rewritten.
 */
export function redactSpan(
  span: ReadableSpan,
  content: "full" | "none" = "full",
  hide: HideOptions = {},
): ReadableSpan {
  const context = span.spanContext();
  const keep = (attributes: Attributes) =>
    redactAttributes(hideAttributes(content === "full" ? attributes : withoutContent(attributes), hide));
  const text = (value: string) => redactText(rewrite(value, hide.redactors ?? []));
  return {
    name: text(span.name),
    kind: span.kind,
    spanContext: () => context,
    parentSpanContext: span.parentSpanContext,
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status.message ? { ...span.status, message: text(span.status.message) } : span.status,
    attributes: keep(span.attributes),
    links: span.links.map((link) => ({ ...link, attributes: link.attributes && keep(link.attributes) })),
    events: span.events.map((event) => ({
      ...event,
      name: text(event.name),
      attributes: event.attributes && keep(event.attributes),
    })),
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

function withoutContent(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !CONTENT.test(name)));
}

function redactAttributes(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      redactText(name),
      isSecretField(name, value) ? REDACTED : redactAttribute(value),
    ]),
  );
}

function redactAttribute(value: AttributeValue | undefined): AttributeValue | undefined {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value))
    return value.map((item) => (typeof item === "string" ? redactText(item) : item)) as AttributeValue;
  return value;
}
