import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  parseSearchWith,
  stringifySearchWith,
} from "@tanstack/react-router";
import { readDocumentSearch } from "./pages/document/document-search.ts";
import { CrashPage, NotFoundPage } from "./pages/fallbacks.tsx";
import { readLibrarySearch } from "./pages/library/library-search.ts";
import { readRecommendSearch } from "./pages/recommend/recommend-search.ts";
import { readSearchSearch } from "./pages/search/search-search.ts";
import { readSummariesSearch } from "./pages/summaries/summaries-search.ts";
import { readTraceSearch, readTracesSearch } from "./pages/traces/traces-search.ts";
import { Shell } from "./shell/shell.tsx";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage, errorComponent: CrashPage });

// Each page is a file of its own, fetched when it is first opened.
const library = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: readLibrarySearch,
  component: lazyRouteComponent(() => import("./pages/library/library-page.tsx"), "LibraryPage"),
});
const document = createRoute({
  getParentRoute: () => root,
  path: "/documents/$id",
  validateSearch: readDocumentSearch,
  component: lazyRouteComponent(() => import("./pages/document/document-page.tsx"), "DocumentPage"),
});
const search = createRoute({
  getParentRoute: () => root,
  path: "/search",
  validateSearch: readSearchSearch,
  component: lazyRouteComponent(() => import("./pages/search/search-page.tsx"), "SearchPage"),
});
const recommend = createRoute({
  getParentRoute: () => root,
  path: "/recommend",
  validateSearch: readRecommendSearch,
  component: lazyRouteComponent(() => import("./pages/recommend/recommend-page.tsx"), "RecommendPage"),
});
const summaries = createRoute({
  getParentRoute: () => root,
  path: "/summaries",
  validateSearch: readSummariesSearch,
  component: lazyRouteComponent(() => import("./pages/summaries/summaries-page.tsx"), "SummariesPage"),
});
const traces = createRoute({
  getParentRoute: () => root,
  path: "/traces",
  validateSearch: readTracesSearch,
  component: lazyRouteComponent(() => import("./pages/traces/traces-page.tsx"), "TracesPage"),
});
const trace = createRoute({
  getParentRoute: () => root,
  path: "/traces/$id",
  validateSearch: readTraceSearch,
  component: lazyRouteComponent(() => import("./pages/traces/trace-page.tsx"), "TracePage"),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/settings/settings-page.tsx"), "SettingsPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([library, document, search, recommend, summaries, traces, trace, settings]),
  defaultPreload: "intent",
  scrollRestoration: true,
  // Values in a link are plain text (`?q=42` is the text "42"), so that links stay readable.
  parseSearch: parseSearchWith((value) => value),
  stringifySearch: stringifySearchWith(String),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
