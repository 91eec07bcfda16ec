import { ArgumentError } from "@loam/core";

/** A name that another one of its kind has. */
export class NameTakenError extends ArgumentError {}
