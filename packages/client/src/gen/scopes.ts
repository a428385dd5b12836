// Made from services/ratd/src/scopes.ts by `npm run docs`. Edit the source, not this file.

/** Every scope of ratd with its kind and what it lets its holder do. */
export const SCOPES = {
  self: { kind: "data", meaning: "Ask who you are and what you may do." },
  "namespaces:read": { kind: "data", meaning: "List and show namespaces, list and download their files." },
  "namespaces:write": {
    kind: "data",
    meaning: "Make, change and delete namespaces, upload and delete their files.",
  },
  "pipelines:read": { kind: "data", meaning: "List and show pipelines, their versions and triggers." },
  "pipelines:write": { kind: "data", meaning: "Make, change, publish and delete pipelines and triggers." },
  "runs:read": { kind: "data", meaning: "List and show runs, read their output and results." },
  "runs:execute": { kind: "data", meaning: "Start, retry and cancel runs." },
  "sharing:read": { kind: "data", meaning: "List the grants on a thing, and those that reach you." },
  "sharing:write": { kind: "data", meaning: "Share, take back and hand over what you may share." },
  "credentials:use": { kind: "data", meaning: "Get temporary cloud credentials, and end them." },
  "events:read": { kind: "data", meaning: "Follow the event stream." },
  "slots:read": { kind: "data", meaning: "List and show the slots." },
  "keys:own": { kind: "data", meaning: "Make, list, rotate and revoke your own API keys." },
  "leases:own": { kind: "data", meaning: "See and end the credentials given out to you." },
  "plugins:read": { kind: "operator", meaning: "List and show plugins." },
  "plugins:write": { kind: "operator", meaning: "Change the configuration of plugins." },
  "plugins:execute": {
    kind: "operator",
    meaning: "Have plugins do something beside the work of their slot.",
  },
  "plugins:install": { kind: "operator", meaning: "Install and remove plugins." },
  "plugins:admin": { kind: "operator", meaning: "Read, change, install and remove plugins." },
  "config:reload": { kind: "operator", meaning: "Compare rat.yaml with what is in force, and reload it." },
  "keys:manage": { kind: "operator", meaning: "Make, list, rotate and revoke everybody's API keys." },
  "access:read": {
    kind: "operator",
    meaning: "Ask why somebody may do something, and see the grants of others.",
  },
  "leases:manage": { kind: "operator", meaning: "See and end the credentials of everybody." },
  "audit:read": { kind: "operator", meaning: "Read and verify the audit log." },
} as const;
