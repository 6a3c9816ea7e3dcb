import { Page } from "../../ui/page.tsx";
import { Loading } from "../../ui/states.tsx";

export default function Cognition() {
  return (
    <Page title="Cognition">
      <Loading />
    </Page>
  );
}
