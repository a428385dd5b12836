import type { AuthorizeInput, AuthorizeResult } from "@rat/plugin-sdk";

interface Permission {
  readonly text: string;
  fits(action: string, resourceType: string): boolean;
}

/** What each role may do. */
export class RoleTable {
  readonly #roles: ReadonlyMap<string, readonly Permission[]>;

  /** Permissions are `action` or `resource_type:action`; `*` stands for any text in either. */
  constructor(permissions: Readonly<Record<string, readonly string[]>>) {
    this.#roles = new Map(
      Object.entries(permissions).map(([role, texts]) => [role, texts.map(permissionOf)]),
    );
  }

  /** Decides by the roles of the question alone: this plugin keeps no users. */
  decide({ userId, action, resourceType, roles }: AuthorizeInput): AuthorizeResult {
    if (userId === "" || action === "")
      return { allowed: false, reason: "the question names no user or no action" };
    if (roles.length === 0) return { allowed: false, reason: `${userId} has no roles` };
    const what = resourceType === "" ? action : `${action} ${resourceType}`;
    for (const role of roles) {
      const permission = this.#roles.get(role)?.find(({ fits }) => fits(action, resourceType));
      if (permission !== undefined) {
        return { allowed: true, reason: `role ${role} may ${what} (${permission.text})` };
      }
    }
    return {
      allowed: false,
      reason: `no role of ${userId} may ${what}; config.permissions says what roles may`,
    };
  }
}

function permissionOf(text: string): Permission {
  const [first = "", second] = text.split(":");
  const fitsType = second === undefined ? () => true : globOf(first);
  const fitsAction = globOf(second ?? first);
  return { text, fits: (action, resourceType) => fitsType(resourceType) && fitsAction(action) };
}

/** Matches a text with `*` for any run of characters, in linear time: no pattern of the settings can hang it. */
function globOf(glob: string): (text: string) => boolean {
  const [head = "", ...rest] = glob.split("*");
  const tail = rest.pop();
  if (tail === undefined) return (text) => text === glob;
  return (text) => {
    if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail))
      return false;
    let at = head.length;
    const end = text.length - tail.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}
