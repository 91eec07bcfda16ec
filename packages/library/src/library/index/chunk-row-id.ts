/** The id of a document's chunk, numbered from 0. */
export function chunkRowId(documentId: string, ordinal: number): string {
  return `${documentId}.${ordinal}`;
}
