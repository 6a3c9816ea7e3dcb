/** The desktop application, as far as it goes: one locked-down window that says where the archives lie. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { app, BrowserWindow, ipcMain, session } from "electron";
import { dataFolder } from "../../paths.ts";

function createWindow(): void {
  const window = new BrowserWindow({
    width: 960,
    height: 640,
    title: "Cambrian",
    webPreferences: {
      preload: join(import.meta.dirname, "../preload/index.cjs"),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
    },
  });
  // Nothing that is shown may lead elsewhere, or open anything.
  window.webContents.setWindowOpenHandler(() => ({ action: "deny" }));
  window.webContents.on("will-navigate", (event) => event.preventDefault());
  void window.loadFile(fileURLToPath(new URL("../renderer/index.html", import.meta.url)));
}

app.on("window-all-closed", () => app.quit());
await app.whenReady();
session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
ipcMain.handle("data-folder", () => dataFolder());
createWindow();
app.on("activate", () => {
  if (BrowserWindow.getAllWindows().length === 0) createWindow();
});
