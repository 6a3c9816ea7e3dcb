/** Stands in for Electron, whose binary tests do not have: it keeps what it is told, and fires what a test fires. */
import { EventEmitter } from "node:events";

type Handler = (...args: never[]) => unknown;

export class FakeContents extends EventEmitter {
  opened: Handler | null = null;
  sent: string[] = [];
  setWindowOpenHandler = (handler: Handler) => {
    this.opened = handler;
  };
  isDestroyed = () => false;
  send = (_channel: string, text: string) => this.sent.push(text);
  getURL = () => "cambrian://app/index.html";
}

export class FakeWindow extends EventEmitter {
  static all: FakeWindow[] = [];
  webContents = new FakeContents();
  loaded: string[] = [];
  focused = false;
  progress: number[] = [];
  options: { webPreferences: Record<string, unknown> } & Record<string, unknown>;
  constructor(options: FakeWindow["options"]) {
    super();
    this.options = options;
    FakeWindow.all.push(this);
    app.emit("web-contents-created", {}, this.webContents);
  }
  loadURL = async (url: string) => void this.loaded.push(url);
  isFocused = () => this.focused;
  isMinimized = () => false;
  isMaximized = () => false;
  getNormalBounds = () => ({ x: 0, y: 0, width: 1200, height: 800 });
  setProgressBar = (share: number) => this.progress.push(share);
  show() {}
  focus() {}
  maximize() {}
  reload() {}
}
export { FakeWindow as BrowserWindow };

export class FakeNotification extends EventEmitter {
  static shown: FakeNotification[] = [];
  static isSupported = () => true;
  options: { title: string; body: string };
  constructor(options: FakeNotification["options"]) {
    super();
    this.options = options;
  }
  show = () => FakeNotification.shown.push(this);
}
export { FakeNotification as Notification };

export const app = Object.assign(new EventEmitter(), {
  paths: {} as Record<string, string>,
  badges: [] as number[],
  exits: [] as number[],
  sandboxed: false,
  setPath: (name: string, path: string) => {
    app.paths[name] = path;
  },
  getPath: (name: string) => app.paths[name] ?? "",
  requestSingleInstanceLock: (): boolean => true,
  enableSandbox: () => {
    app.sandboxed = true;
  },
  whenReady: () => Promise.resolve(),
  setBadgeCount: (count: number) => app.badges.push(count),
  exit: (code: number) => app.exits.push(code),
  quit: () => {},
});

export const defaultSession = Object.assign(new EventEmitter(), {
  handlers: {} as Record<string, Handler>,
  setPermissionRequestHandler: (handler: Handler) => {
    defaultSession.handlers.request = handler;
  },
  setPermissionCheckHandler: (handler: Handler) => {
    defaultSession.handlers.check = handler;
  },
  setDevicePermissionHandler: (handler: Handler) => {
    defaultSession.handlers.device = handler;
  },
  webRequest: {
    onBeforeRequest: (handler: Handler) => {
      defaultSession.handlers.load = handler;
    },
  },
});
export const session = { defaultSession };

type Answer = (request: { method: string; url: string }) => Promise<Response>;
export const protocol = {
  schemes: [] as { scheme: string; privileges: Record<string, boolean> }[],
  handled: {} as Record<string, Answer>,
  registerSchemesAsPrivileged: (schemes: { scheme: string; privileges: Record<string, boolean> }[]) =>
    protocol.schemes.push(...schemes),
  handle: (scheme: string, handler: Answer) => {
    protocol.handled[scheme] = handler;
  },
};

export const ipcMain = new EventEmitter();

export const dialog = {
  /** What a person would press. */
  response: 0,
  asked: [] as Record<string, unknown>[],
  showMessageBox: async (options: Record<string, unknown>) => {
    dialog.asked.push(options);
    return { response: dialog.response };
  },
  errors: [] as string[],
  showErrorBox: (title: string, text: string) => dialog.errors.push(`${title}: ${text}`),
};

export const shell = {
  opened: [] as string[],
  openExternal: async (url: string) => void shell.opened.push(url),
};

export const powerSaveBlocker = {
  on: new Set<number>(),
  last: 0,
  start: (_kind: string) => {
    powerSaveBlocker.on.add(++powerSaveBlocker.last);
    return powerSaveBlocker.last;
  },
  stop: (id: number) => powerSaveBlocker.on.delete(id),
};

export const safeStorage = {
  available: true,
  isEncryptionAvailable: () => safeStorage.available,
  getSelectedStorageBackend: () => "gnome_libsecret",
  encryptString: (text: string) => Buffer.from(`locked:${text}`).map((byte) => byte ^ 1),
  decryptString: (bytes: Buffer) =>
    Buffer.from(bytes)
      .map((byte) => byte ^ 1)
      .toString()
      .replace(/^locked:/, ""),
};

export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] };
export const nativeTheme = { shouldUseDarkColors: false };
export const Menu = {
  set: null as unknown,
  setApplicationMenu: (menu: unknown) => {
    Menu.set = menu;
  },
  buildFromTemplate: (items: unknown) => items,
};
