/** The way to every screen. */
import {
  BookOpen,
  ChartScatter,
  Columns3,
  FlaskConical,
  House,
  LayoutGrid,
  Network,
  PanelLeft,
  Search,
  Settings,
} from "lucide-react";
import { useApp } from "../state/app.ts";
import { to, useRoute } from "../state/route.ts";
import { MOD } from "../state/shortcuts.ts";
import { Button } from "../ui/controls.tsx";

export const PAGES = [
  { page: "home", name: "Home", Icon: House },
  { page: "campaigns", name: "Campaigns", Icon: FlaskConical },
  { page: "gallery", name: "Gallery", Icon: LayoutGrid },
  { page: "tree", name: "Tree", Icon: Network },
  { page: "compare", name: "Compare", Icon: Columns3 },
  { page: "insights", name: "Insights", Icon: ChartScatter },
  { page: "cognition", name: "Cognition", Icon: BookOpen },
  { page: "settings", name: "Settings", Icon: Settings },
] as const;

/** Pages that belong to another one's entry. */
const UNDER: Record<string, string> = { experiment: "gallery", live: "campaigns" };

export function Navigation({ onNarrow }: { onNarrow: () => void }) {
  const { page } = useRoute();
  const compared = useApp((s) => s.compared.length);
  const open = useApp((s) => s.open);
  const here = UNDER[page] ?? page;
  return (
    <nav className="nav" aria-label="Cambrian">
      <div className="nav-brand">
        <Mark />
        <span className="nav-word">Cambrian</span>
      </div>
      {PAGES.map(({ page, name, Icon }) => (
        <a key={page} href={to(page)} title={name} aria-current={here === page ? "page" : undefined}>
          <Icon size={16} strokeWidth={1.75} aria-hidden />
          <span className="nav-word">{name}</span>
          {page === "compare" && compared > 0 && (
            <span className="nav-count" aria-hidden="true">
              {compared}
            </span>
          )}
        </a>
      ))}
      <div className="nav-foot">
        <Button kind="quiet" onClick={() => open("palette", true)} title={`Search and commands (${MOD} K)`}>
          <Search size={16} strokeWidth={1.75} aria-hidden />
          <span className="nav-word grow" style={{ textAlign: "left" }}>
            Search
          </span>
          <kbd className="kbd">{MOD} K</kbd>
        </Button>
        <Button kind="quiet" onClick={onNarrow} title="Narrow or widen the navigation">
          <PanelLeft size={16} strokeWidth={1.75} aria-hidden />
          <span className="nav-word">Collapse</span>
        </Button>
      </div>
    </nav>
  );
}

/** The sign: a trunk that branches, one branch bright. */
function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" strokeLinecap="round" aria-hidden="true">
      <g stroke="var(--line-strong)" strokeWidth="1.6">
        <path d="M10 18v-6" />
        <path d="M10 12c0-3-4-3-4-7" />
        <path d="M7.5 8.5C6 7.5 3 7.5 3 4" />
      </g>
      <path d="M10 12c0-3.5 4.5-4 4.5-9" stroke="var(--accent)" strokeWidth="1.8" />
      <circle cx="14.5" cy="3" r="1.7" fill="var(--accent)" />
    </svg>
  );
}
