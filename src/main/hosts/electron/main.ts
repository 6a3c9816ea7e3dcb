/**
 * The desktop application: a locked-down window over the same service that the web host serves. The window is shown
 * first, and the archive is opened behind it.
 *
 * Where it is packaged, these fuses belong to it: RunAsNode, NODE_OPTIONS and --inspect off, asar integrity on.
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { app, dialog, ipcMain } from "electron";
import { dataFolder, programFolder } from "../../paths.ts";
import type { Service } from "../../server/service.ts";
import { createService } from "../../service/index.ts";
import { isRunning, liveOf, watchTopics } from "./attention.ts";
import { guardAll } from "./guards.ts";
import { serveIpc } from "./ipc.ts";
import { setMenu } from "./menu.ts";
import { type Leaving, quitHandler } from "./quit.ts";
import { registerScheme, serveScheme } from "./scheme.ts";
import { openSecrets } from "./secrets.ts";
import { createWindow, currentWindow, showWindow } from "./window.ts";

const home = dataFolder();
const preload = join(programFolder, "out", "preload", "index.cjs");

/** What `--archive FILE` names. Electron's own options are in the same list. */
function archiveOf(argv: string[], folder: string): string | undefined {
  const { values } = parseArgs({ args: argv, options: { archive: { type: "string" } }, strict: false });
  return typeof values.archive === "string" ? resolve(folder, values.archive) : undefined;
}

async function ask(service: Service): Promise<Leaving> {
  const name = liveOf(service)?.campaign.name ?? "A campaign";
  const { response } = await dialog.showMessageBox({
    type: "question",
    message: `${name} is running`,
    detail:
      "It is paused before Cambrian ends, and can be resumed at the next start: nothing is lost. After this step: " +
      "what is under way is finished first. Now: trainings write a checkpoint.",
    buttons: ["Pause after this step", "Pause now", "Cancel"],
    defaultId: 1,
    cancelId: 2,
  });
  return (["step", "now", "cancel"] as const)[response] ?? "cancel";
}

async function pauseAfterStep(service: Service): Promise<void> {
  await service.procedures["campaigns.pause"]({ when: "step" }, new AbortController().signal);
  const live = service.topic("live");
  await new Promise<void>((done) => {
    const look = () => {
      if (isRunning(liveOf(service))) return;
      stop?.();
      done();
    };
    const stop = live?.listen(look);
    look();
  });
}

function tellAndExit(error: Error & { fix?: string }): void {
  const fix = error.fix ?? "Start Cambrian from a terminal to see the details.";
  dialog.showErrorBox("Cambrian could not start", `${error.message}\n\n${fix}`);
  process.stderr.write(`${error.stack}\n`);
  app.exit(3);
}

async function run(): Promise<void> {
  // Electron's own files go beside ours, so that another data folder is another application.
  app.setPath("userData", join(home, "electron"));
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  app.enableSandbox();
  registerScheme();
  await app.whenReady();
  guardAll();
  serveScheme(join(programFolder, "out", "renderer"));
  setMenu();

  const opening = Promise.withResolvers<Service>();
  serveIpc(ipcMain, opening.promise);
  createWindow(preload);
  app.on("activate", () => showWindow(preload));
  app.on("window-all-closed", () => app.quit());
  app.on("second-instance", (_event, argv, folder) => {
    showWindow(preload);
    const path = archiveOf(argv.slice(1), folder);
    if (path === undefined) return;
    opening.promise
      .then((s) => s.procedures["archives.open"]({ path }, new AbortController().signal))
      .catch((error) => dialog.showErrorBox(`${path} could not be opened`, error.message));
  });

  const service = await createService({
    env: process.env,
    home,
    host: "electron",
    secrets: openSecrets(home),
    archive: archiveOf(process.argv.slice(1), process.cwd()),
  });
  opening.resolve(service);
  watchTopics(service, currentWindow, (route) => showWindow(preload, route));
  app.on(
    "before-quit",
    quitHandler({
      running: () => isRunning(liveOf(service)),
      async ask() {
        // The question needs a window to belong to, and there is something to go back to after "Cancel".
        showWindow(preload);
        return ask(service);
      },
      pauseAfterStep: () => pauseAfterStep(service),
      close: () => service.close(),
      exit: () => app.exit(0),
    }),
  );
  // From a terminal or from the system's shutdown: there is nobody to ask.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void service.close().finally(() => app.exit(0)));
  }
}

run().catch(tellAndExit);
