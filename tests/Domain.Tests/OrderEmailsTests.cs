using Orderly.Domain.Orders;
using static Orderly.Testing.Scenario;

namespace Orderly.Domain.Tests;

public class OrderEmailsTests
{
    private const string About = "order-confirmed.v1";

    private static readonly Guid s_message = Guid.Parse("0193504e-0000-7000-8000-00000000000a");
    private static readonly OrderEmailDeferred s_deferred = new("o-1", s_message, About, 1, 1, "451 later", Now.AddSeconds(2), Now);
    private static readonly OrderEmailDelivered s_delivered = new("o-1", s_message, About, Now);

    private static DeferEmail Defer => new("o-1", s_message, About, 1, "451 later", Now.AddSeconds(2)) { Context = Context };

    [Fact]
    public void A_message_is_tried_again_until_it_is_settled()
    {
        Given<OrderEmails>().When(Defer).Then(s_deferred);
        Given<OrderEmails>(s_deferred).When(Defer).Then(s_deferred with { Attempt = 2 });
        Given<OrderEmails>(s_deferred, s_delivered).When(Defer).ThenNothing();
    }

    [Fact]
    public void The_first_answer_settles_a_message()
    {
        var refused = new SettleEmail("o-1", s_message, About, "550 unknown") { Context = Context };
        Given<OrderEmails>(s_deferred).When(refused with { Fault = null }).Then(s_delivered);
        Given<OrderEmails>().When(refused).Then(new OrderEmailUndeliverable("o-1", s_message, About, "550 unknown", Now));
        Given<OrderEmails>(s_deferred, s_delivered).When(refused).ThenNothing();
    }
}
