import { checkName, pathPart, searchOf } from "./addresses.js";
import { RegistryError, isObject } from "./errors.js";
import type { components, operations } from "./schema.js";
import { type CallOptions, DEFAULT_TIMEOUT_MS, send } from "./sending.js";

type Schemas = components["schemas"];

/** One model in a list. */
export type ModelRow = Schemas["ModelRow"];
/** One model, whole. */
export type ModelEntry = Schemas["ModelEntry"];
/** A group of models. */
export type Category = Schemas["Category"];
/** A verdict, with what stands beside it. */
export type Verdict = Schemas["VerdictReply"];
/** The hardware of the server's machine. */
export type Hardware = Schemas["HardwareDocument"];
/** The state of the server. */
export type Health = Schemas["HealthReply"];
/** Filters and order of a list. */
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

/** Options of a client. */
export interface ClientOptions {
  /** Where the server is, such as `http://localhost:8000`; by default where the page comes from. */
  baseUrl?: string | undefined;
  /** How long a call may take, in milliseconds; 30,000 by default, `Infinity` for no limit. */
  timeoutMs?: number | undefined;
  /** Headers of every request, such as those that a proxy asks for. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** What sends requests; by default the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

const PREFIX = "/api/v1/registry";

/** A client of the registry's HTTP API. A method without an answer rejects with `RegistryError`, and nothing else. */
export class RegistryClient {
  readonly #base: string;
  readonly #timeoutMs: number;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: typeof fetch;

  constructor(options: ClientOptions = {}) {
    this.#base = (options.baseUrl ?? "").replace(/\/+$/, "");
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#headers = options.headers ?? {};
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /** List models; without a query, all of them. */
  async listModels(query: ListQuery = {}, options?: CallOptions): Promise<ModelList> {
    const { data, total } = await this.#envelope<Schemas["ModelsReply"]>(`${PREFIX}/models${searchOf(query)}`, options);
    return { models: data, total };
  }

  /** Return one model, by its id or a former one. */
  async showModel(id: string, options?: CallOptions): Promise<ModelEntry> {
    return this.#data<Schemas["ModelReply"]>(`${PREFIX}/models/${pathPart(id)}`, options);
  }

  /** Return the categories by key. */
  async listCategories(options?: CallOptions): Promise<Record<string, Category>> {
    return this.#data<Schemas["CategoriesReply"]>(`${PREFIX}/categories`, options);
  }

  /** Return whether a model can be trained. A no is an answer, also for a model that does not exist. */
  async validateTraining(question: TrainingQuestion, options?: CallOptions): Promise<Verdict> {
    checkName(question.model_id);
    return this.#post(`${PREFIX}/validate/training`, question, options);
  }

  /** Return whether a model can be served. A no is an answer, also for a model that does not exist. */
  async validateInference(question: InferenceQuestion, options?: CallOptions): Promise<Verdict> {
    checkName(question.model_id);
    return this.#post(`${PREFIX}/validate/inference`, question, options);
  }

  /** Return the hardware of the server's machine. */
  async readHardware(options?: CallOptions): Promise<Hardware> {
    return this.#data<Schemas["HardwareReply"]>(`${PREFIX}/hardware`, options);
  }

  /** Return the state of the server, and what is wrong with the current registry file. */
  async readHealth(options?: CallOptions): Promise<Health> {
    return this.#get("/health", options);
  }

  /** Return whether questions about models can be answered. */
  async readReadiness(options?: CallOptions): Promise<boolean> {
    try {
      return (await this.#get<Schemas["ReadyReply"]>("/ready", options)).ready;
    } catch (error) {
      if (error instanceof RegistryError && error.status === 503) {
        return false;
      }
      throw error;
    }
  }

  async #data<T extends { data: object }>(path: string, options?: CallOptions): Promise<T["data"]> {
    return (await this.#envelope<T>(path, options)).data;
  }

  async #envelope<T extends { data: object }>(path: string, options?: CallOptions): Promise<T> {
    const reply = await this.#get<T>(path, options);
    if (!isObject(reply.data)) {
      throw new RegistryError(`the reply has no data: ${path}`, { kind: "reply", body: reply });
    }
    return reply;
  }

  #get<T>(path: string, options?: CallOptions): Promise<T> {
    return this.#send(path, { headers: this.#headers }, options);
  }

  async #post<T>(path: string, question: object, options?: CallOptions): Promise<T> {
    const headers = { ...this.#headers, "content-type": "application/json" };
    return this.#send(path, { method: "POST", headers, body: written(question) }, options);
  }

  async #send<T>(path: string, init: RequestInit, options: CallOptions = {}): Promise<T> {
    const { signal, timeoutMs = this.#timeoutMs } = options;
    return (await send(`${this.#base}${path}`, init, { fetch: this.#fetch, signal, timeoutMs })) as T;
  }
}

function written(question: object): string {
  try {
    return JSON.stringify(question);
  } catch (cause) {
    throw new RegistryError("a question is plain JSON", { kind: "question", cause });
  }
}
