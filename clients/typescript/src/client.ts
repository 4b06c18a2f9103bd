import { checkName, pathPart, searchOf } from "./addresses.js";
import { RegistryError, isObject } from "./errors.js";
import type { components, operations } from "./schema.js";
import { type CallOptions, DEFAULT_TIMEOUT_MS, send } from "./sending.js";

type Schemas = components["schemas"];
/** The reply of an operation. */
type Reply<Name extends keyof operations> = operations[Name] extends {
  responses: { 200: { content: { "application/json": infer Document } } };
}
  ? Document
  : never;
/** The query of an operation. */
type Query<Name extends keyof operations> = NonNullable<operations[Name]["parameters"]["query"]>;

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
/** Memory for training, by part, and what fits at most. */
export type TrainingEstimate = Reply<"estimate_training">;
/** Memory for serving, by part, and what fits at most. */
export type InferenceEstimate = Reply<"estimate_inference">;
/** Models that run on GPUs, best first; with several kinds of GPUs, a list for each. */
export type Fits = Reply<"fit_models">;
/** GPUs that run a model, the least memory first. */
export type Plan = Reply<"plan_gpus">;
/** The known GPUs. */
export type Gpus = Reply<"list_gpus">;
/** Models side by side. */
export type Comparison = Reply<"compare_models">;
/** The settings of a task as a JSON schema, with bounds and defaults, for a form. */
export type SettingsForm = Reply<"describe_training">;
/** The file of another tool, or its command. */
export type Exported = Reply<"export_model">;

/** Filters and order of a list. */
export type ListQuery = Query<"list_models">;
/** A model that is to be trained. */
export type TrainingQuestion = Schemas["TrainingQuestion"];
/** A model that is to be served. */
export type InferenceQuestion = Schemas["InferenceQuestion"];
/** A model whose memory for training is asked for. */
export type TrainingEstimateQuestion = Schemas["TrainingEstimateQuestion"];
/** A model whose memory for serving is asked for. */
export type InferenceEstimateQuestion = Schemas["InferenceEstimateQuestion"];
/** GPUs, and the models to try on them. */
export type FitQuestion = Schemas["FitQuestion"];
/** A model, and the GPUs to try for it. */
export type PlanQuestion = Schemas["PlanQuestion"];
/** What stands beside the models of a comparison. */
export type ComparisonQuery = Omit<Query<"compare_models">, "id">;
/** What decides the defaults of a form for training. */
export type TrainingFormQuery = Omit<Query<"describe_training">, "model_id">;
/** What decides the defaults of a form for serving. */
export type InferenceFormQuery = Omit<Query<"describe_inference">, "model_id">;
/** Settings of an exported file; `config` is an object, as in the other questions. */
export type ExportQuery = Omit<Query<"export_model">, "config"> & { config?: Readonly<Record<string, unknown>> | null };

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

  /** Return the memory that training takes, and what fits at most on the GPU that is named. */
  async estimateTraining(question: TrainingEstimateQuestion, options?: CallOptions): Promise<TrainingEstimate> {
    checkName(question.model_id);
    return this.#post(`${PREFIX}/estimate/training`, question, options);
  }

  /** Return the memory that serving takes, and what fits at most on the GPU that is named. */
  async estimateInference(question: InferenceEstimateQuestion, options?: CallOptions): Promise<InferenceEstimate> {
    checkName(question.model_id);
    return this.#post(`${PREFIX}/estimate/inference`, question, options);
  }

  /** Return which models run on GPUs, best first. Of all models that may take a minute: see `timeoutMs`. */
  async fitModels(question: FitQuestion, options?: CallOptions): Promise<Fits> {
    return this.#post(`${PREFIX}/fit`, question, options);
  }

  /** Return which GPUs run a model, and how many of each. */
  async planGpus(question: PlanQuestion, options?: CallOptions): Promise<Plan> {
    checkName(question.model_id);
    return this.#post(`${PREFIX}/plan`, question, options);
  }

  /** List the known GPUs. */
  async listGpus(options?: CallOptions): Promise<Gpus> {
    return this.#get(`${PREFIX}/gpus`, options);
  }

  /** Compare models, field by field. */
  async compareModels(ids: readonly string[], query: ComparisonQuery = {}, options?: CallOptions): Promise<Comparison> {
    const id = ids.map((one) => checkName(one));
    return this.#get(`${PREFIX}/compare${searchOf({ ...query, id })}`, options);
  }

  /** Return the settings for training as a JSON schema, whose defaults are those of a model. */
  async describeTraining(id: string, query: TrainingFormQuery = {}, options?: CallOptions): Promise<SettingsForm> {
    return this.#get(`${PREFIX}/settings/training${searchOf({ ...query, model_id: checkName(id) })}`, options);
  }

  /** Return the settings for serving as a JSON schema, whose defaults are those of a model. */
  async describeInference(id: string, query: InferenceFormQuery = {}, options?: CallOptions): Promise<SettingsForm> {
    return this.#get(`${PREFIX}/settings/inference${searchOf({ ...query, model_id: checkName(id) })}`, options);
  }

  /** Return the file, or the command, of another tool for a model: `axolotl`, `vllm`. */
  async exportModel(id: string, target: string, query: ExportQuery = {}, options?: CallOptions): Promise<Exported> {
    const config = query.config == null ? undefined : written(query.config);
    const path = `${PREFIX}/models/${pathPart(id)}/export/${pathPart(target, "a target")}`;
    return this.#get(`${path}${searchOf({ ...query, config })}`, options);
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
