import { Page } from "../../ui/page.tsx";
import { Loading } from "../../ui/states.tsx";

export default function Experiment() {
  return (
    <Page title="Architecture">
      <Loading />
    </Page>
  );
}
