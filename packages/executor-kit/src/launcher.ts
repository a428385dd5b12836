import { PluginError } from "@rat/plugin-sdk";
import type { ExecutorSettings } from "./executor-settings.ts";
import type { ContainerPlan, Engine, ImageFacts } from "./engine.ts";
import { EngineError } from "./engine-error.ts";
import { requireAllowed } from "./image-policy.ts";
import { CREDENTIALS_FILE, CREDENTIALS_FOLDER, ownerOf, planRun, PRIVATE_FOLDERS } from "./plan-run.ts";
import { RUN_LABEL } from "./run-labels.ts";
import { engineNameOf } from "./run-names.ts";
import type { RunOrder } from "./run-order.ts";
import { JOB_FOLDER, jobFiles } from "./sql-run.ts";
import { prepareWorkspace } from "./workspace.ts";

/** A run that cannot start, for a reason that another attempt would meet again. */
export class LaunchError extends Error {
  override readonly name = "LaunchError";
}

/** Makes and starts the containers of runs. */
export class Launcher {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * The image of a run, if it may run and is on the engine; undefined when it is to be pulled first.
   *
   * @throws PluginError `permission_denied` when the policy refuses it, LaunchError when it is not there for good,
   *   EngineError.
   */
  async image(order: RunOrder, config: ExecutorSettings): Promise<ImageFacts | undefined> {
    const image = await this.#engine.image(order.image);
    requireAllowed(order.image, image, config);
    if (image !== undefined) return image;
    const byId = order.image.startsWith("sha256:");
    if (config.images.pull === "missing" && !byId) return undefined;
    throw new LaunchError(
      `image ${order.image} is not on the engine: ` +
        (byId ? "load it there" : "pull it there, or set images.pull to missing"),
    );
  }

  /** Fetches the image of a run. @throws LaunchError, PluginError `permission_denied`. */
  async pull(order: RunOrder, config: ExecutorSettings): Promise<ImageFacts> {
    try {
      await this.#engine.pull(order.image);
    } catch (error) {
      throw new LaunchError(`image ${order.image} cannot be pulled: ${EngineError.from(error).message}`, {
        cause: error,
      });
    }
    const image = await this.#engine.image(order.image);
    if (image === undefined)
      throw new LaunchError(`image ${order.image} is not on the engine after its pull`);
    requireAllowed(order.image, image, config);
    return image;
  }

  /**
   * Makes the container of a run and starts it; answers its id. A container of the run that is there already is taken
   * over: it is started if it never was, and never a second time.
   *
   * @throws LaunchError, PluginError, EngineError.
   */
  async launch(order: RunOrder, image: ImageFacts, config: ExecutorSettings): Promise<string> {
    const workspace = order.mountWorkspace ? await prepareWorkspace(order.namespace, config) : undefined;
    const made = await this.#make(planRun(order, image, workspace, config), order);
    if (made.fresh && order.job !== undefined) {
      await this.#engine.putFiles(made.id, JOB_FOLDER, jobFiles(order.job, ownerOf(config)));
    }
    if (made.fresh) await this.#start(made.id, config, order);
    if (Object.keys(order.credentials).length > 0) await this.renew(made.id, order.credentials, config);
    return made.id;
  }

  /** Replaces the credentials file of a run. The variables of its environment stay what they were at its start. */
  async renew(
    id: string,
    credentials: Readonly<Record<string, string>>,
    config: ExecutorSettings,
  ): Promise<void> {
    const content = Buffer.from(JSON.stringify(credentials));
    const file = { path: CREDENTIALS_FILE, content, mode: 0o400, owner: ownerOf(config) };
    try {
      await this.#engine.putFiles(id, CREDENTIALS_FOLDER, [file]);
    } catch (error) {
      // A run that is over needs none.
      if (EngineError.from(error).code === "unreachable") throw error;
    }
  }

  /** Removes everything that the engine holds of a run. What is gone already is no error. */
  async remove(instance: string, runId: string, id: string | undefined, force: boolean): Promise<void> {
    const name = engineNameOf(instance, runId);
    await this.#engine.remove(id ?? name, force);
    await this.#engine.removeBelongings(name, PRIVATE_FOLDERS);
  }

  async #make(plan: ContainerPlan, order: RunOrder): Promise<{ id: string; fresh: boolean }> {
    const { name } = plan;
    try {
      return { id: await this.#engine.create(plan), fresh: true };
    } catch (error) {
      const { code, message } = EngineError.from(error);
      if (code === "unreachable") throw error;
      if (code !== "conflict")
        throw new LaunchError(`the engine refuses the container: ${message}`, { cause: error });
    }
    const there = await this.#engine.look(name);
    if (there === undefined)
      throw new EngineError("unreachable", "the container of the run is being removed");
    if (there.labels[RUN_LABEL] !== order.runId) {
      throw new LaunchError(`the container ${name} on the engine belongs to something else: remove it`);
    }
    return { id: there.id, fresh: there.state.phase === "created" };
  }

  async #start(id: string, config: ExecutorSettings, order: RunOrder): Promise<void> {
    try {
      await this.#engine.start(id);
    } catch (error) {
      const { code, message } = EngineError.from(error);
      if (code === "unreachable") throw error;
      await this.remove(config.instance, order.runId, id, true).catch(() => undefined);
      throw new LaunchError(`cannot start ${JSON.stringify(order.argv[0])} in ${order.image}: ${message}`, {
        cause: error,
      });
    }
  }
}

/** What a failed launch means to the caller of Submit: an error, or a run that failed. */
export function launchFailureOf(error: unknown, engine: Engine): PluginError | LaunchError {
  if (error instanceof LaunchError || error instanceof PluginError) return error;
  const failure = EngineError.from(error);
  if (failure.code !== "unreachable") return new LaunchError(failure.message, { cause: error });
  return new PluginError("unavailable", `${engine.name} does not answer: ${failure.message}`, {
    cause: error,
  });
}
