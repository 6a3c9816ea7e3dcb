import { Page } from "../../ui/page.tsx";
import { Loading } from "../../ui/states.tsx";

export default function Compare() {
  return (
    <Page title="Compare">
      <Loading />
    </Page>
  );
}
