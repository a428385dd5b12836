// The health check of the plugin images: asks what ratd asks. A degraded plugin still serves, so it passes.
const port = process.env.RAT_PLUGIN_PORT || "50060";
const answer = await fetch(`http://127.0.0.1:${port}/rat.plugin.v1.PluginService/HealthCheck`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: "{}",
  signal: AbortSignal.timeout(2500),
});
const health = await answer.json();
console.log(answer.status, JSON.stringify(health));
process.exitCode = ["healthy", "degraded"].includes(health.status) ? 0 : 1;
