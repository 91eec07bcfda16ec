import { redactWith } from "@loam/store";
import { redactWhole } from "./redact.ts";
import { redactText } from "./secrets.ts";

/** Whoever imports this package writes what is logged through its redaction, whichever table and road it takes. */
redactWith({ text: redactText, value: redactWhole });
