/**
 * A document as it stands after so many changes of its chunks (a figure that was described later): what segments know
 * documents by. The first edition goes by the document's id.
 */
export const editionOf = (documentId: string, revision: number): string =>
  revision === 0 ? documentId : `${documentId}#${revision}`;

/** The document that an edition is of. */
export const documentOf = (edition: string): string => edition.split("#", 1)[0]!;
