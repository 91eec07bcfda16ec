import { join } from "node:path";

const folder = join(import.meta.dirname, "../../sample");

/** Made-up books, and what made-up readers said of them, to try things with. */
export const sampleCatalogue = { path: join(folder, "books.csv"), ratings: join(folder, "ratings.csv") } as const;
