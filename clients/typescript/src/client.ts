import type { components, operations } from "./schema.js";

type Schemas = components["schemas"];

/** One model in a list. */
export type ModelRow = Schemas["ModelRow"];
/** One model, whole. */
export type ModelEntry = Schemas["ModelEntry"];
/** A group of models. */
export type Category = Schemas["Category"];
/** A verdict, with what stands beside it. */
export type Verdict = Schemas["VerdictReply"];
/** What the machine of the server has. */
export type Hardware = Schemas["HardwareDocument"];
/** The state of the server. */
export type Health = Schemas["HealthReply"];
/** What a list may be narrowed by. */
export type ListQuery = NonNullable<operations["list_models"]["parameters"]["query"]>;
/** A model that is to be trained. */
export type TrainingQuestion = Schemas["TrainingQuestion"];
/** A model that is to be served. */
export type InferenceQuestion = Schemas["InferenceQuestion"];

/** A part of a list, and how many models match in all. */
export interface ModelList {
  models: ModelRow[];
  total: number;
}

export interface ClientOptions {
  /** Where the server is, such as `http://localhost:8000`; by default where the page comes from. */
  baseUrl?: string;
  /** What sends requests; by default the global `fetch`. */
  fetch?: typeof fetch;
}

/** Options of one call. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** The server gave no answer. */
export class RegistryHttpError extends Error {
  override readonly name = "RegistryHttpError";

  /**
   * @param status HTTP status code.
   * @param body What the server sent: a document with `detail`, or text where something else answered.
   */
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super(sentenceOf(status, body));
  }

  /** Ids, settings or GPUs that may have been meant. */
  get close(): string[] {
    const close = isObject(this.body) ? this.body["close"] : undefined;
    return Array.isArray(close) ? close.filter((name) => typeof name === "string") : [];
  }
}

/** A client of the registry's HTTP API. Every method rejects with `RegistryHttpError` where there is no answer. */
export class RegistryClient {
  readonly #base: string;
  readonly #fetch: typeof fetch;

  constructor(options: ClientOptions = {}) {
    this.#base = (options.baseUrl ?? "").replace(/\/+$/, "");
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /** List models; without a query, all of them. */
  async listModels(query: ListQuery = {}, options?: CallOptions): Promise<ModelList> {
    const reply = await this.#get<Schemas["ModelsReply"]>(`/api/v1/registry/models${searchOf(query)}`, options);
    return { models: reply.data, total: reply.total };
  }

  /** Give one model, by its id or a former one. */
  async showModel(id: string, options?: CallOptions): Promise<ModelEntry> {
    const path = `/api/v1/registry/models/${encodeURIComponent(id)}`;
    return (await this.#get<Schemas["ModelReply"]>(path, options)).data;
  }

  /** Give the categories by key. */
  async listCategories(options?: CallOptions): Promise<Record<string, Category>> {
    return (await this.#get<Schemas["CategoriesReply"]>("/api/v1/registry/categories", options)).data;
  }

  /** Say whether a model can be trained. A no is an answer, also for a model that is not there. */
  async validateTraining(question: TrainingQuestion, options?: CallOptions): Promise<Verdict> {
    return this.#post("/api/v1/registry/validate/training", question, options);
  }

  /** Say whether a model can be served. A no is an answer, also for a model that is not there. */
  async validateInference(question: InferenceQuestion, options?: CallOptions): Promise<Verdict> {
    return this.#post("/api/v1/registry/validate/inference", question, options);
  }

  /** Say what the machine of the server has. */
  async readHardware(options?: CallOptions): Promise<Hardware> {
    return (await this.#get<Schemas["HardwareReply"]>("/api/v1/registry/hardware", options)).data;
  }

  /** Say how the server is, and what is wrong with the registry file as it is now. */
  async readHealth(options?: CallOptions): Promise<Health> {
    return this.#get("/health", options);
  }

  #get<T>(path: string, options?: CallOptions): Promise<T> {
    return this.#send(path, { ...options });
  }

  #post<T>(path: string, body: unknown, options?: CallOptions): Promise<T> {
    const headers = { "content-type": "application/json" };
    return this.#send(path, { ...options, method: "POST", headers, body: JSON.stringify(body) });
  }

  async #send<T>(path: string, init: RequestInit): Promise<T> {
    const response = await this.#fetch(`${this.#base}${path}`, init);
    const text = await response.text();
    if (!response.ok) {
      throw new RegistryHttpError(response.status, parsed(text));
    }
    return JSON.parse(text) as T;
  }
}

function searchOf(query: ListQuery): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) {
        search.append(name, String(item));
      }
    }
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

function sentenceOf(status: number, body: unknown): string {
  const detail = isObject(body) ? body["detail"] : undefined;
  if (typeof detail === "string") {
    return detail;
  }
  if (Array.isArray(detail)) {
    return detail.map((part) => (isObject(part) ? `${[part["loc"]].flat().join(".")}: ${part["msg"]}` : "")).join("; ");
  }
  return `HTTP ${status}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
