import { type Tracer, type TracerProvider, trace } from "@opentelemetry/api";

let provider: TracerProvider | undefined;

/** Makes `next` the source of Loam's spans; undefined hands over to the process's global OpenTelemetry provider. */
export function useProvider(next: TracerProvider | undefined): void {
  provider = next;
}

/** The tracer of the started provider, else of the global one: an application that traces already sees Loam's spans. */
export function activeTracer(): Tracer {
  return (provider ?? trace).getTracer("@loam/observe");
}
