import { useEffect, useState } from "react";

/** Columns of a film strip whose pictures have the shape of a clip of this size; there are two rows. */
export function filmColumns({ width, height }: { width: number; height: number }, size: string): number {
  const [w, h] = size.split("x").map(Number) as [number, number];
  return Math.max(1, Math.round((width * 2 * h) / (height * w)));
}

export interface Film {
  url: string;
  columns: number;
}

/** A film strip once it is here; the one before stays until then. */
export function useFilm(url: string | undefined, size: string): Film | undefined {
  const [film, setFilm] = useState<Film>();
  useEffect(() => {
    if (url === undefined) return;
    const image = new Image();
    image.onload = () =>
      setFilm({ url, columns: filmColumns({ width: image.naturalWidth, height: image.naturalHeight }, size) });
    image.src = url;
    return () => {
      image.onload = null;
    };
  }, [url, size]);
  return film;
}

/** How a box shows one picture of a strip. */
export function cellStyle(film: Film, column: number, row: "noisy" | "guess") {
  return {
    backgroundImage: `url("${film.url}")`,
    backgroundSize: `${100 * film.columns}% 200%`,
    backgroundPosition: `${film.columns === 1 ? 0 : (100 * column) / (film.columns - 1)}% ${row === "noisy" ? 0 : 100}%`,
  };
}
