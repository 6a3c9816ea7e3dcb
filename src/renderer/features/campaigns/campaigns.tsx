import { Page } from "../../ui/page.tsx";
import { Loading } from "../../ui/states.tsx";

export default function Campaigns() {
  return (
    <Page title="Campaigns">
      <Loading />
    </Page>
  );
}
