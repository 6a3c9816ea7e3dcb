import { Page } from "../../ui/page.tsx";
import { Loading } from "../../ui/states.tsx";

export default function Insights() {
  return (
    <Page title="Insights">
      <Loading />
    </Page>
  );
}
