"""A small installation in memory, to look at pages before there is a real one."""
from types import SimpleNamespace as N
from nexus.core.clock import FixedClock, SECOND
from nexus.core.flow.read import read
from nexus.core.model import ids
from nexus.core.model.actor import Actor
from nexus.core.model.event import Event
from nexus.core.model.problem import missing, Refused, Problem
from nexus.core.model.run import Fault, RunRow, RunState as S
from nexus.core.model.view import *

NOW = 1_790_000_000 * SECOND
FLOW = '''# Journey 9 - Client payment issues
id: missed-payment
name: Missed payment rescue
group: Finance & payments
description: When a card payment fails, find the client, choose how hard to chase, and stop as soon as the money is there.
trigger:
  - use: stripe.invoice_payment_failed
if: event.data.amount_due > 2500
key: event.data.customer
do:
  - find_client:
      call: http.get
      title: Find the client
      with: {url: "https://crm.example/clients?stripe={{ event.data.customer }}"}
      retry: 3
  - tier:
      set: {path: "{{ event.data.attempts > 2 ? 'high' : 'standard' }}"}
      title: Decide the escalation tier
  - which_tier:
      title: Which tier?
      switch:
        - if: steps.tier.path == "gold"
          name: gold
          do:
            - draft: {call: email.send, title: Draft a personal note, with: {to: "{{ steps.find_client.email }}", subject: "Invoice {{ event.data.invoice_number }}: we could not take payment", text: "Hi {{ steps.find_client.first_name }}, your card for {{ event.data.amount_due }} was declined."}}
            - leave: {call: email.send, title: Leave it with the account manager, with: {to: "{{ steps.find_client.owner }}", subject: x, text: y}}
        - if: steps.tier.path == "standard"
          name: standard
          do:
            - link: {call: http.post, title: Create a payment link, with: {url: "https://pay.example/links", body: {invoice: "{{ event.data.invoice }}", expires: 7}}}
            - remind: {call: email.send, title: Email the payment link, with: {to: "{{ steps.find_client.email }}", subject: x, text: "{{ steps.link.url }}"}}
        - if: steps.tier.path == "high"
          name: high_risk
          do:
            - attempt:
                title: Suspend the service
                try:
                  - suspend: {call: http.post, title: Suspend hosting, with: {url: "https://whmcs.example/suspend"}, if: event.data.attempts > 3}
                catch:
                  on: [timeout]
                  as: problem
                  do:
                    - tell: {call: email.send, title: Tell the on-call, with: {to: a@b.example, subject: x, text: y}}
  - grace: {wait: 3d, title: "Wait for payment, 3 days"}
  - each_line:
      title: Every line of the invoice
      for: "{{ event.data.lines }}"
      as: line
      do:
        - book: {call: http.post, title: Book the line, with: {url: "https://books.example/lines"}}
'''
flow = read(FLOW)
ICON = {"http": ("globe", "it"), "email": ("mail", "reach"), "stripe": ("credit-card", "money")}
def action(name):
    module = name.partition(".")[0]
    return N(name=name, module=module, title={"http.get": "Get", "http.post": "Post", "email.send": "Send an email"}.get(name, name), icon=ICON[module][0], family=ICON[module][1]) if module in ICON else None
catalog = N(action=action, trigger=lambda name: N(title="A Stripe payment fails", icon="credit-card", name=name) if name else None)
strip = tuple([S.DONE]*5+[S.FAILED]+[S.DONE]*9+[S.WAITING]+[S.DONE]*4)
def row(i, name, group, starts, icon, steps, **kw):
    base = dict(id=i, name=name, group=group, description="", enabled=True, live=14, changed=False, starts=starts, icon=icon, steps=steps, strip=strip, last=NOW-120*SECOND, waiting=0, failed=0, needs_person=0)
    return FlowRow(**(base | kw))
ROWS = [row("missed-payment", "Missed payment rescue", "Finance & payments", "A Stripe payment fails", "credit-card", 13, needs_person=1, description=flow.description),
 row("invoice", "Invoice lifecycle", "Finance & payments", "A project is delivered", "receipt-text", 9, last=NOW-38*60*SECOND),
 row("intake", "New client intake", "Onboarding & discovery", "Intake form is submitted", "clipboard-list", 11, waiting=2),
 row("needs", "Needs assessment", "Onboarding & discovery", "Client opens the assessment", "sparkles", 8, failed=6),
 row("rollout", "Managed IT rollout", "IT & automation", "Device is enrolled", "monitor-smartphone", 10, enabled=False, live=None, strip=(), last=None)]
def run_row(n, state, **kw):
    base = dict(id=n, flow_id="missed-payment", flow_name="Missed payment rescue", version=14, event_id=5, state=state, key=f"Northgate Dental, INV-{2000+n}", started=NOW-9*SECOND-n*1000*SECOND, ended=None if not state.is_over else NOW-n*900*SECOND, due=NOW+2*86400*SECOND if state == S.WAITING else None, step="grace", fault=Fault(code="timeout", message="The payment provider did not answer in 30 s", hint="Look at its status page, then try again.") if state == S.FAILED else None)
    return RunRow(**(base | kw))
T0 = NOW-9*SECOND
def sv(id, title, icon, family, kind, state, a=None, b=None, depth=0, attempts=(), input=None, output=None, due=None, turn="", fault=None):
    return StepView(id=id, title=title, kind=kind, use="", icon=icon, family=family, turn=turn, depth=depth, state=state, started=None if a is None else T0+a*1000, ended=None if b is None else T0+b*1000, due=due, attempts=attempts, input=input, output=output, fault=fault)
def at(n,a,b,o,f=None,log=()): return AttemptView(number=n, started=T0+a*1000, ended=T0+b*1000 if b else None, outcome=o, fault=f, log=log)
STEPS = (
 sv("find_client","Find the client","globe","it","call","done",6,90,attempts=(at(1,6,90,"ok"),),input={"url":"https://crm.example/clients?stripe=cus_91"},output={"status":200,"body":{"name":"Northgate Dental","first_name":"Amara","email":"amara@northgate.example"}}),
 sv("tier","Decide the escalation tier","pencil-line","data","set","done",90,92,output={"path":"standard"}),
 sv("which_tier","Which tier?","git-fork","logic","switch","done",92,93,output={"case":"standard"}),
 sv("draft","Draft a personal note","mail","reach","call","skipped",depth=1),
 sv("leave","Leave it with the account manager","mail","reach","call","skipped",depth=1),
 sv("link","Create a payment link","globe","it","call","done",93,2990,depth=1,attempts=(at(1,93,1093,"error",Fault(code="timeout",message="Stripe did not answer in 1 s")),at(2,1300,2100,"error",Fault(code="rate_limited",message="429 Too many requests, asked to wait 1 s")),at(3,2500,2990,"ok",None,("created link 9fK2",))),input={"invoice":"in_1PzR8w","expires":7},output={"url":"https://pay.example/l/9fK2","expires":"2026-11-29"}),
 sv("remind","Email the payment link","mail","reach","call","done",2990,4200,depth=1,attempts=(at(1,2990,4200,"ok"),)),
 sv("attempt","Suspend the service","shield-check","logic","try","skipped",depth=1),
 sv("suspend","Suspend hosting","globe","it","call","skipped",depth=2),
 sv("tell","Tell the on-call","mail","reach","call","skipped",depth=2),
 sv("grace","Wait for payment, 3 days","hourglass","logic","wait","waiting",4200,due=NOW+2*86400*SECOND),
 sv("each_line","Every line of the invoice","repeat","logic","for","todo"),
 sv("book","Book the line","globe","it","call","todo",depth=1))
RUNS = {1: run_row(1,S.WAITING,started=T0), 2: run_row(2,S.DONE), 3: run_row(3,S.FAILED), 4: run_row(4,S.RUNNING), 5: run_row(5,S.CANCELLED), 6: run_row(6,S.NEEDS_PERSON)}
def find_run(run_id):
    n = ids.read("run", run_id)
    if n not in RUNS: raise missing("run", run_id)
    return RUNS[n]
def run_view(actor, run_id):
    r = find_run(run_id)
    return RunView(row=r, event=Event(id=5,source="stripe",type="stripe.invoice.payment_failed",subject="in_1",time=T0,received=T0,data={"customer":"cus_91","amount_due":128000,"lines":[1,2]}), steps=STEPS, seq=7, now=NOW)
def flow_view(actor, flow_id, version=None):
    r = next((r for r in ROWS if r.id == flow_id), None)
    if r is None: raise missing("flow", flow_id)
    return FlowView(row=r, flow=flow, source=FLOW, version=version or 14, versions=tuple(VersionRow(number=n,published=NOW-n*86400*SECOND,by="Priya N.",note="Chase on day two" if n==13 else "",hash="ab12cd34ef56") for n in (14,13,12)),
      hooks=(HookRow(name="missed-payment",path="/hooks/9fK2aa81Lq",provider="stripe",signed=True,has_secret=flow_id!="missed-payment",sample={"id":"in_1PzR8w","customer":"cus_91","amount_due":128000}),), problems=())
sessions = {}
class People:
    def use_link(self, token):
        if token != "good": raise Refused(Problem(code="link_used",title="This sign-in link was used already, or is over.",status=410,hint="Get a new one with: nexus sign-in-link"))
        sessions["s"*43] = {}; return "s"*43
    def actor_for_session(self, secret): return Actor(id="owner",name="Tola Adeyemi",role="owner",via="page") if secret in sessions else None
    def sign_out(self, secret): sessions.pop(secret, None)
    def load_session(self, secret): return sessions.get(secret)
    def save_session(self, secret, data): sessions[secret] = data
def page(actor, *, flow_id=None, state=None, text=None, cursor=None, limit=50):
    rows=[r for r in RUNS.values() if (not state or r.state.word==state) and (not text or text.lower() in r.key.lower())]
    return Page(rows=rows, cursor=None if cursor else "next")
import time as _t
nexus = N(clock=FixedClock(NOW), catalog=catalog, stopping=False, people=People(),
  flows=N(list=lambda a: ROWS, show=flow_view, turn=lambda a,f,on: next(r for r in ROWS if r.id==f)),
  hooks=N(list=lambda a: [], set_secret=lambda a,n,s: None),
  runs=N(list=page, show=run_view, retry=lambda a,r: find_run(r), cancel=lambda a,r: find_run(r)),
  inbox=N(receive=lambda k,h,b: Receipt(event_id="evt_1",run_ids=(),repeat=False), send=lambda a,h,d: Receipt(event_id="evt_1",run_ids=(ids.write("run",1),),repeat=False)),
  modules=N(list=lambda a: [ModuleRow(id="http",name="HTTP",version="1.0.0",summary="Call any web address, guarded against the inside of your network.",icon="globe",state="active",actions=("http.get","http.post"),triggers=()),ModuleRow(id="email",name="Email",version="1.0.0",summary="Send mail through your own server.",icon="mail",state="active",actions=("email.send",),triggers=()),ModuleRow(id="stripe",name="Stripe",version="0.9",summary="Payments, invoices and failed-card events.",icon="credit-card",state="broken",actions=(),triggers=(),problems=("module.yaml, line 4: there is no field `efects`. Did you mean `effects`?",))]),
  pulse=N(wait=lambda r,s,t: _t.sleep(t) or s))
if __name__ == "__main__":
    from nexus.ui.web import create_web
    create_web(nexus, secret_key="k"*40).run(port=8765, threaded=True)
