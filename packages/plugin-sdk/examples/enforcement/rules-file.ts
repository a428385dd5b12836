import { readFileSync, statSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { PluginError, Type, type Health } from "@rat/plugin-sdk";
import { AccessRule } from "./access-rule.ts";

const validRules = new Ajv2020({ useDefaults: true, strict: false }).compile<AccessRule[]>(
  Type.Array(AccessRule),
);

/** Rules from a JSON file. They follow the file; a faulty change leaves the last good rules in force. */
export class RulesFile {
  readonly #path: string;
  readonly #health: Health;
  #stamp = "";
  #rules: readonly AccessRule[];

  /** @throws PluginError `invalid_argument` when the file cannot be read as rules. */
  constructor(path: string, health: Health) {
    this.#path = path;
    this.#health = health;
    try {
      this.#stamp = this.#stampOfFile();
      this.#rules = this.#read();
    } catch {
      throw new PluginError("invalid_argument", "config.rules_file: is not a readable JSON list of rules");
    }
  }

  /** The rules in force. Looks at the file's time and size, which costs microseconds, at each call. */
  rules(): readonly AccessRule[] {
    try {
      const stamp = this.#stampOfFile();
      if (stamp === this.#stamp) return this.#rules;
      // Kept even when the reading fails: a faulty file is read once, not at each call.
      this.#stamp = stamp;
      this.#rules = this.#read();
      this.#health.healthy();
    } catch {
      this.#health.degraded("rules_file is missing or faulty: the last good rules are in force");
    }
    return this.#rules;
  }

  #stampOfFile(): string {
    const { mtimeNs, size, ino } = statSync(this.#path, { bigint: true });
    return `${mtimeNs}/${size}/${ino}`;
  }

  #read(): AccessRule[] {
    const value: unknown = JSON.parse(readFileSync(this.#path, "utf8"));
    if (!validRules(value)) throw new Error("not a list of rules");
    return value;
  }
}
