/** The system's menu: what every application has. What is special to Cambrian is in its window and its palette. */
import { Menu } from "electron";

export function setMenu(): void {
  const mac = process.platform === "darwin";
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(mac ? [{ role: "appMenu" as const }] : []),
      { label: "File", submenu: [mac ? { role: "close" } : { role: "quit" }] },
      { role: "editMenu" },
      { role: "viewMenu" },
      { role: "windowMenu" },
    ]),
  );
}
