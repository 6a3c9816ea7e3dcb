import { Page } from "../../ui/page.tsx";
import { Loading } from "../../ui/states.tsx";

export default function Tree() {
  return (
    <Page title="Tree">
      <Loading />
    </Page>
  );
}
