// The health check of the ratd image: exit code 0 when ratd takes requests. Needs neither a shell nor curl.
const port = (process.env.RAT_LISTEN ?? "").split(":").at(-1) || "8080";
const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(2500) });
console.log(answer.status, await answer.text());
process.exitCode = answer.ok ? 0 : 1;
