import { Page } from "../../ui/page.tsx";
import { Loading } from "../../ui/states.tsx";

export default function Live() {
  return (
    <Page title="Live campaign">
      <Loading />
    </Page>
  );
}
