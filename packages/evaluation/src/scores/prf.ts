/** Precision, recall and their harmonic mean, each in [0, 1], higher is better. */
export interface PrfScore {
  precision: number;
  recall: number;
  f: number;
}

/** F1 of a precision and a recall; 0 when both are 0. */
export function fMeasure(precision: number, recall: number): number {
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

/** Scores `overlap` shared items of two collections by their sizes; an empty side scores 0. */
export function prf(overlap: number, hypothesisTotal: number, referenceTotal: number): PrfScore {
  const precision = hypothesisTotal > 0 ? overlap / hypothesisTotal : 0;
  const recall = referenceTotal > 0 ? overlap / referenceTotal : 0;
  return { precision, recall, f: fMeasure(precision, recall) };
}

/** What precision and recall are made of. */
export interface OverlapCounts {
  overlap: number;
  hypothesisTotal: number;
  referenceTotal: number;
}

/** {@link prf} of counts. */
export function prfOfCounts({ overlap, hypothesisTotal, referenceTotal }: OverlapCounts): PrfScore {
  return prf(overlap, hypothesisTotal, referenceTotal);
}
