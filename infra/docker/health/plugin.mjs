// The health check of the plugin images: asks what ratd asks. A degraded plugin still serves, so it passes; with the
// argument `any`, so does one that is down for lack of something that Compose does not bring.
const port = process.env.RAT_PLUGIN_PORT || "50060";
const answer = await fetch(`http://127.0.0.1:${port}/rat.plugin.v1.PluginService/HealthCheck`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: "{}",
  signal: AbortSignal.timeout(2500),
});
const health = await answer.json();
console.log(answer.status, JSON.stringify(health));
const good = process.argv[2] === "any" ? ["healthy", "degraded", "down"] : ["healthy", "degraded"];
process.exitCode = good.includes(health.status) ? 0 : 1;
