import type { ChildProcess } from "node:child_process";
import { UnavailableError } from "@loam/core";
import type { PromptTemplateName, Recipe } from "@loam/peft";
import { fromSent, startChild } from "../child/child.ts";
import type { RunForecast } from "./forecast.ts";
import type { PreviewRow } from "./preview.ts";
import type { HelperAnswer, HelperQuestion } from "./questions.ts";

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** A question without its number. */
type Asked = HelperQuestion extends infer Q ? (Q extends unknown ? Omit<Q, "id"> : never) : never;

const idleMs = 60_000;

/** A process that counts and renders, so that the one that answers requests does not stand still. Started when needed. */
export class Helper {
  #child: ChildProcess | undefined;
  #lastWords = "";
  #nextId = 0;
  readonly #waiting = new Map<number, Waiting>();
  #idle: NodeJS.Timeout | undefined;

  forecast(recipe: Recipe): Promise<RunForecast> {
    return this.#ask({ kind: "forecast", recipe });
  }

  preview(options: {
    model: string;
    path: string;
    template: PromptTemplateName | "chat";
    maxTokens: number;
    rows?: number;
  }): Promise<PreviewRow[]> {
    return this.#ask({ kind: "preview", ...options });
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#child?.disconnect();
    this.#child = undefined;
  }

  #ask<T>(asked: Asked): Promise<T> {
    clearTimeout(this.#idle);
    const child = (this.#child ??= this.#start());
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as T), reject });
      child.send({ ...asked, id } as HelperQuestion);
    }).finally(() => {
      if (this.#waiting.size > 0) return;
      this.#idle = setTimeout(() => this.close(), idleMs);
      this.#idle.unref();
    });
  }

  #start(): ChildProcess {
    const child = startChild("helper");
    child.stderr?.on("data", (part) => {
      this.#lastWords = `${this.#lastWords}${part}`.slice(-2000);
    });
    child.on("message", (answer: HelperAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ("error" in answer) waiting?.reject(fromSent(answer.error));
      else waiting?.resolve(answer.result);
    });
    child.on("exit", (status, signal) => {
      if (this.#child === child) this.#child = undefined;
      const error = new UnavailableError("forecast", `its process ended with ${signal ?? `status ${status}`}.`, {
        details: { stderr: this.#lastWords },
        hint: "the model may be larger than the memory; try a smaller one",
      });
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    child.unref();
    child.channel?.unref();
    return child;
  }
}
