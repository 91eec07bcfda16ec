import { InputError, LoamError } from "@loam/core";
import type { Database, Store } from "@loam/store";
import { startWork } from "@loam/work";
import { Collection } from "../objects/collection.ts";
import { newObjectId } from "../objects/ids.ts";
import type { Page, PageQuery } from "../objects/page.ts";
import { type Delivery, deliveryStart } from "./delivery-work.ts";
import type { WebhookEventType } from "./event-types.ts";
import { readWebhookUrl, type WebhookReach } from "./reach.ts";
import { sendWebhook } from "./send.ts";
import { newWebhookSecret, webhookHeaders } from "./sign.ts";
import type { StoredWebhookEndpoint, WebhookEndpointBody, WebhookEvent } from "./types.ts";

/** How long a secret that was replaced may sign beside the new one. */
const previousSecretMs = 24 * 3600_000;
/** More would make every event slow. */
const mostEndpoints = 100;

/** Puts an event on its way, within the transaction that makes it true: both are there, or neither. */
export type NoteEvent = (
  tx: Database,
  event: { project: string; type: WebhookEventType | undefined; id: string },
) => Promise<void>;

/** The endpoints that are told when something ends, and what they are told. */
export class Webhooks {
  readonly #store: Store;
  readonly #reach: () => WebhookReach;
  readonly rows: Collection<WebhookEndpointBody>;

  constructor(store: Store, reach: () => WebhookReach) {
    this.#store = store;
    this.#reach = reach;
    this.rows = new Collection(store.db, "webhook_endpoint");
  }

  /** @throws {InputError} `too_many_endpoints`. */
  async create(
    project: string,
    { name, url, eventTypes }: Pick<WebhookEndpointBody, "name" | "url" | "eventTypes">,
  ): Promise<StoredWebhookEndpoint> {
    readWebhookUrl(url, this.#reach());
    const { data } = await this.rows.page(project, { limit: mostEndpoints, order: "asc" });
    if (data.length >= mostEndpoints) {
      throw new InputError("too_many_endpoints", `This project has ${mostEndpoints} webhook endpoints already.`, {
        hint: "delete one, or let one endpoint hear of more",
      });
    }
    const secret = newWebhookSecret();
    const unique = [...new Set(eventTypes)];
    const body = { name, url, eventTypes: unique, secret, previous: null, updatedAt: nowSeconds() };
    return await this.rows.insert({ project, body });
  }

  async get(project: string, id: string): Promise<StoredWebhookEndpoint> {
    return await this.rows.get(project, id);
  }

  async page(project: string, query: PageQuery): Promise<Page<StoredWebhookEndpoint>> {
    return await this.rows.page(project, query);
  }

  async update(
    project: string,
    id: string,
    { name, url, eventTypes }: Partial<Pick<WebhookEndpointBody, "name" | "url" | "eventTypes">>,
  ): Promise<StoredWebhookEndpoint> {
    if (url !== undefined) readWebhookUrl(url, this.#reach());
    return await this.rows.update(project, id, ({ body }) => {
      const next = {
        name: name ?? body.name,
        url: url ?? body.url,
        eventTypes: eventTypes ? [...new Set(eventTypes)] : body.eventTypes,
      };
      const isSame = Object.entries(next).every(
        ([field, value]) => JSON.stringify(value) === JSON.stringify(body[field as keyof typeof next]),
      );
      return isSame ? undefined : { body: { ...next, updatedAt: nowSeconds() } };
    });
  }

  async remove(project: string, id: string): Promise<void> {
    await this.rows.remove(project, id);
  }

  /** Gives an endpoint a new secret. @param keepOld whether the old one signs too for a day */
  async rotate(project: string, id: string, { keepOld }: { keepOld: boolean }): Promise<StoredWebhookEndpoint> {
    return await this.rows.update(project, id, ({ body: { secret } }) => ({
      body: {
        secret: newWebhookSecret(),
        previous: keepOld ? { secret, until: Date.now() + previousSecretMs } : null,
        updatedAt: nowSeconds(),
      },
    }));
  }

  /**
   * Sends an example, once. @returns the status that the receiver answered
   *
   * @throws {InputError} `webhook_delivery_failed`.
   */
  async test(project: string, id: string, type: WebhookEventType): Promise<number> {
    const endpoint = await this.get(project, id);
    try {
      return await this.deliver(endpoint, newEvent(type, `${type.split(".").slice(0, -1).join("_")}_example`));
    } catch (error) {
      if (!(error instanceof LoamError)) throw error;
      throw new InputError("webhook_delivery_failed", `The example could not be delivered. ${error.message}`, {
        details: { name: "url", url: endpoint.body.url },
        hint: "check that the address is reached from this machine and answers 2xx",
        cause: error,
      });
    }
  }

  /** Tells the project's endpoints that hear of it: for each, a piece of work that is tried until it succeeds. */
  readonly note: NoteEvent = async (tx, { project, type, id }) => {
    if (type === undefined) return;
    const query = { limit: mostEndpoints, order: "asc" } as const;
    const { data: endpoints } = await this.rows.in(tx).page(project, query, { body: { eventTypes: [type] } });
    const event = newEvent(type, id);
    for (const { id: endpointId } of endpoints) {
      const input: Delivery = { project, endpointId, event };
      const options = { owner: project, name: `${type} ${id}` };
      await startWork({ ...this.#store, db: tx }, deliveryStart, input, options);
    }
  };

  /** Tries once. @returns the status that the receiver answered */
  async deliver(
    { body: { url, secret, previous } }: StoredWebhookEndpoint,
    event: WebhookEvent,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<number> {
    const payload = JSON.stringify(event);
    const secrets = [secret, ...(previous && previous.until > Date.now() ? [previous.secret] : [])];
    const headers = webhookHeaders(payload, { id: event.id, atSeconds: nowSeconds(), secrets });
    return await sendWebhook(url, payload, { headers, reach: this.#reach(), signal });
  }
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

function newEvent(type: WebhookEventType, id: string): WebhookEvent {
  return { id: newObjectId("webhook_event"), object: "event", created_at: nowSeconds(), type, data: { id } };
}
