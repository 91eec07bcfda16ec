import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client.ts";

/** Asks again only where that can help: not for what the server has refused. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      staleTime: 10_000,
      refetchOnWindowFocus: false,
    },
  },
});
