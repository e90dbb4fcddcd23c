// The page to try the API in a real browser, driven as a person does: by what is to be seen, clicked and typed.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const Folders = [process.env.ProgramFiles, process.env["ProgramFiles(x86)"], process.env.LOCALAPPDATA].filter(f => f);
const Places = [
  ...Names.flatMap(name => (process.env.PATH ?? "").split(delimiter).filter(f => f).map(folder => join(folder, name))),
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ...Folders.map(folder => join(folder, "Google", "Chrome", "Application", "chrome.exe")),
];

// Milliseconds; only what never comes takes them.
const Patience = 180_000;

export async function browse(load, url, folder) {
  const executablePath = Places.find(existsSync);
  if (executablePath === undefined)
    return { absent: true };
  const { launch } = await load("puppeteer-core");
  // Root may not use the sandbox, and a container's /dev/shm is small.
  const args = ["--disable-dev-shm-usage", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])];
  const browser = await launch({ executablePath, args, userDataDir: join(folder, "profile"), timeout: Patience, protocolTimeout: Patience });
  try {
    return await tryPage(await browser.newPage(), url);
  } finally {
    await browser.close();
  }
}

async function tryPage(page, url) {
  page.setDefaultTimeout(Patience);
  const said = [];
  const hosts = new Set();
  page.on("console", m => m.type() === "verbose" || said.push(`${m.type()}: ${m.text()}`));
  page.on("pageerror", e => said.push(String(e)));
  page.on("request", r => hosts.add(new URL(r.url()).host));
  await page.goto(`${url}/openapi`);
  await page.waitForSelector("#model option[value=churn]");
  await page.select("#model", "churn");
  const answered = await send(page, "own", "55");
  const explained = await send(page, "kserve v1 explain", "55");
  const saidBefore = said.splice(0);
  const refused = await send(page, "own", "many");
  return { answered, explained, refused, said: saidBefore, saidOfError: said, hosts: [...hosts] };
}

async function send(page, protocol, tenure) {
  await page.select("#protocol", protocol);
  const field = await page.$("[data-feature=tenure]");
  await field.click({ clickCount: 3 });
  await field.type(tenure);
  await page.click("#send");
  await page.waitForFunction(() => / in .* ms/.test(document.getElementById("status").textContent));
  return page.evaluate(() => {
    const shown = id => document.getElementById(id).innerText;
    return { status: shown("status").replace(/[\d.]+ ms/, "N ms"), color: getComputedStyle(document.getElementById("status")).color, answer: shown("answer"), path: shown("path") };
  });
}
