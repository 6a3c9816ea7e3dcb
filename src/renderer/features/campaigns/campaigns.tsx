/** All campaigns of all archives, and the way to a new one. */
import { Plus } from "lucide-react";
import type { Route } from "../../state/route.ts";
import { go, to } from "../../state/route.ts";
import { Button } from "../../ui/controls.tsx";
import { Page } from "../../ui/page.tsx";
import "./campaigns.css";
import { CampaignList } from "./list.tsx";
import { Wizard } from "./wizard.tsx";

export default function Campaigns({ route }: { route: Route }) {
  if (route.rest[0] === "new") return <Wizard />;
  return (
    <Page
      title="Campaigns"
      actions={
        <Button kind="primary" onClick={() => go(to("campaigns", "new"))}>
          <Plus size={16} aria-hidden />
          New campaign
        </Button>
      }
    >
      <CampaignList />
    </Page>
  );
}
