// node clients.mjs NODE_MODULES URL FOLDER: what real clients make of the server, as one JSON object.
import { createRequire } from "node:module";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { browse } from "./browser.mjs";

const [modules, url, folder] = process.argv.slice(2);
const require = createRequire(join(modules, "x.js"));
// A module of either kind, by its default export where it has one.
const load = async name => {
  const module = await import(pathToFileURL(require.resolve(name)));
  return module.default?.default ? module.default : module;
};

async function sageMaker() {
  const { SageMakerRuntimeClient, InvokeEndpointCommand } = require("@aws-sdk/client-sagemaker-runtime");
  const client = new SageMakerRuntimeClient({ endpoint: url, region: "local", credentials: { accessKeyId: "a", secretAccessKey: "b" }, maxAttempts: 1 });
  const invoke = async (input) => {
    const answer = await client.send(new InvokeEndpointCommand({ EndpointName: "churn", ContentType: "text/csv", Body: "2,Month,\n55,Year,25\n", ...input }));
    return { body: Buffer.from(answer.Body).toString(), type: answer.ContentType, variant: answer.InvokedProductionVariant, attributes: answer.CustomAttributes };
  };
  const json = JSON.stringify({ instances: [[2, "Month", null], [55, "Year", 25]] });
  const failed = async (input) => invoke(input).then(() => "answered", e => `${e.name} ${e.$metadata.httpStatusCode} ${e.message}`);
  return {
    csv: await invoke({ Accept: "text/csv", CustomAttributes: "trace=7", TargetVariant: "champion" }),
    json: await invoke({ ContentType: "application/json", Body: json }),
    missing: await failed({ EndpointName: "nope" }),
    wrong: await failed({ ContentType: "application/json", Body: "{}" }),
  };
}

async function validate(document) {
  const { Validator } = await load("@seriousme/openapi-schema-validator");
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  return valid ? "valid" : JSON.stringify(errors).slice(0, 2000);
}

// Types are made of the document; what they allow and refuse is for the compiler to say.
async function compile(document) {
  const { default: openapiTS, astToString } = await load("openapi-typescript");
  const ts = require("typescript");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "api.ts"), astToString(await openapiTS(document)));
  const use = body => `import type { components } from "./api";\nexport const row: components["schemas"]["churn.Row"] = ${body};\n`;
  const cases = { whole: use(`{ tenure: 2, contract: "Month", charge: null }`), lacks: use(`{ contract: "Month" }`), wrong: use(`{ tenure: "2", contract: "Month" }`) };
  const files = await Promise.all(Object.entries(cases).map(async ([name, text]) => {
    const file = join(folder, `${name}.ts`);
    await writeFile(file, text);
    return file;
  }));
  const program = ts.createProgram(files, { strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ["lib.es2020.d.ts"], target: ts.ScriptTarget.ES2020, moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ES2020 });
  const problems = file => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map(d => ts.flattenDiagnosticMessageText(d.messageText, " ")).join("; ");
  return { api: problems(join(folder, "api.ts")), ...Object.fromEntries(Object.keys(cases).map((name, i) => [name, problems(files[i])])) };
}

async function fetchByDocument(document) {
  const { default: createClient } = await load("openapi-fetch");
  const client = createClient({ baseUrl: url });
  const example = path => document.paths[path].post.requestBody.content["application/json"].example;
  const post = async path => (await client.POST(path, { body: example(path) })).data;
  const { error, response } = await client.GET("/api/v1/models/{name}", { params: { path: { name: "no such/model" } } });
  return {
    predict: await post("/v1/models/churn:predict"),
    infer: await post("/v2/models/churn/infer"),
    own: await post("/api/v1/predictions/churn"),
    missing: `${response.status} ${error.code}`,
  };
}

async function page() {
  const { JSDOM, VirtualConsole } = require("jsdom");
  const troubles = [];
  const virtualConsole = new VirtualConsole().on("jsdomError", e => troubles.push(String(e)));
  const dom = await JSDOM.fromURL(`${url}/openapi`, {
    runScripts: "dangerously", virtualConsole, beforeParse: w => { w.fetch = (path, options) => fetch(new URL(path, url), options); },
  });
  const at = id => dom.window.document.getElementById(id);
  const until = async (what, condition) => {
    for (const began = Date.now(); Date.now() - began < 180_000 && !condition();)
      await new Promise(done => setTimeout(done, 5));
    if (!condition())
      throw new Error(`waited in vain for ${what}: ${at("said").textContent} ${troubles}`);
  };
  await until("models", () => at("model").options.length > 0);
  const event = name => new dom.window.Event(name);
  at("model").value = "churn";
  at("model").dispatchEvent(event("change"));
  const answers = {};
  for (const protocol of [...at("protocol").options].map(o => o.value)) {
    at("protocol").value = protocol;
    at("protocol").dispatchEvent(event("change"));
    const tenure = dom.window.document.querySelector('[data-feature="tenure"]');
    tenure.value = "55";
    tenure.dispatchEvent(event("input"));
    at("send").click();
    await until("an answer", () => / in .* ms/.test(at("status").textContent));
    answers[protocol] = `${at("status").textContent.replace(/[\d.]+ ms/, "N ms")} ${JSON.stringify(JSON.parse(at("answer").textContent)).includes('"No"')}`;
  }
  const curl = at("curl").textContent;
  dom.window.close();
  return { answers, troubles, curl };
}

const document = await (await fetch(`${url}/openapi/v1.json`)).json();
const parts = { validate, sageMaker, compile, fetchByDocument, page, browser: () => browse(load, url, folder) };
const results = {};
for (const [name, part] of Object.entries(parts)) {
  try {
    results[name] = await part(document);
  } catch (e) {
    results[name] = { failed: e?.stack ?? String(e) };
  }
}
console.log(JSON.stringify(results));
process.exit(0);
